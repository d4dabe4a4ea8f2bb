import { createServer as createHttpServer, type Server as HttpServer, type IncomingMessage } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo, Server, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";
import { type WebSocket, WebSocketServer } from "ws";
import type { KeyAndCertificate } from "./certificates.ts";
import type { HeldPort } from "./held-port.ts";
import type { Wire } from "./link.ts";
import type { PlatformOptions } from "./types.ts";
import { socketWire, webSocketWire } from "./wires.ts";

/** The ports of the listeners; without `ws` there is none. */
export interface Ports {
  readonly mqtts: number;
  readonly wss: number;
  readonly ws: number | undefined;
}

/** What a listener tells about a connection that it has accepted. */
export interface Accepted {
  readonly receive: (bytes: Buffer) => void;
  readonly closed: () => void;
}

/** Options of {@link startListeners}. */
export interface ListenerOptions {
  /** 0 takes any free port. */
  readonly ports: Ports;
  /**
   * With a restart: what keeps the ports, which were this platform's own a moment ago. Where the system lets nobody listen
   * on a held port it is released, and the system may take a while to give it back.
   */
  readonly held?: readonly HeldPort[];
  readonly certificate: KeyAndCertificate;
  readonly maxTlsVersion: NonNullable<PlatformOptions["maxTlsVersion"]>;
  readonly maxPacketSize: number;
  readonly maxFrameBytes: number;
  readonly onConnection: (wire: Wire, isApplication: boolean) => Accepted;
}

/** The listeners of a platform, all on 127.0.0.1. */
export interface Listeners {
  readonly ports: Ports;
  /** Stops listening and cuts every connection, as a broker that is stopped: WebSocket clients see 1006. */
  stop(): Promise<void>;
}

const HOST = "127.0.0.1";
const PATH = "/mqtt";
const SUBPROTOCOL = "mqtt";
/** A frame may hold several packets; this many of the largest ones are taken at once. */
const MAX_PACKETS_PER_FRAME = 4;
const BIND_TRIES = 40;
const BIND_WAIT_MS = 50;

/** Opens the listeners. @throws Error when a port is taken */
export async function startListeners(options: ListenerOptions): Promise<Listeners> {
  const tls = tlsOptions(options);
  const mqtts = createTlsServer(tls, (socket) => {
    const accepted = options.onConnection(socketWire(socket), false);
    socket.on("data", accepted.receive);
    socket.on("close", accepted.closed);
    // The close that follows says all that the broker needs to know.
    socket.on("error", () => {});
  });
  const wss = createHttpsServer(tls);
  const ws = options.ports.ws === undefined ? undefined : createHttpServer();
  const servers = [mqtts, wss, ...(ws === undefined ? [] : [ws])];
  for (const server of [wss, ws]) if (server !== undefined) serveWebSockets(server, options);
  const sockets = trackSockets(servers);
  const stop = async (): Promise<void> => {
    const closing = servers.map((server) => closeServer(server));
    for (const socket of sockets) socket.destroy();
    await Promise.all(closing);
  };
  const { held } = options;
  try {
    return {
      ports: {
        mqtts: await listen(mqtts, options.ports.mqtts, held),
        wss: await listen(wss, options.ports.wss, held),
        ws: ws === undefined ? undefined : await listen(ws, options.ports.ws ?? 0, held),
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function tlsOptions({ certificate, maxTlsVersion }: ListenerOptions): TlsOptions {
  const base = { key: certificate.key, cert: certificate.certificate, maxVersion: maxTlsVersion };
  // OpenSSL speaks TLS 1.1 only below its default security level.
  if (maxTlsVersion === "TLSv1.1") return { ...base, minVersion: "TLSv1", ciphers: "DEFAULT@SECLEVEL=0" };
  return { ...base, minVersion: "TLSv1.2" };
}

function serveWebSockets(server: HttpServer, options: ListenerOptions): void {
  const upgrader = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: options.maxPacketSize * MAX_PACKETS_PER_FRAME,
    handleProtocols: () => SUBPROTOCOL,
  });
  server.on("request", (request, response) => {
    response.writeHead(pathOf(request) === PATH ? 400 : 404).end();
  });
  server.on("upgrade", (request, socket, head) => {
    // A client that goes away during the upgrade is no concern of the others.
    socket.on("error", () => {});
    const refusal = upgradeRefusal(request);
    if (refusal !== undefined) {
      refuseUpgrade(socket, refusal);
      return;
    }
    upgrader.handleUpgrade(request, socket, head, (webSocket) => acceptWebSocket(webSocket, options));
  });
}

function acceptWebSocket(webSocket: WebSocket, options: ListenerOptions): void {
  webSocket.binaryType = "nodebuffer";
  const accepted = options.onConnection(webSocketWire(webSocket, options.maxFrameBytes), true);
  webSocket.on("message", (data, isBinary) => {
    // MQTT 5, 6.0: only binary frames.
    if (isBinary) accepted.receive(data as Buffer);
    else webSocket.close(1003);
  });
  webSocket.on("close", accepted.closed);
  // Closed by `ws` itself; the close that follows says so.
  webSocket.on("error", () => {});
}

/** What EMQX answers: 404 to another path, 400 to another subprotocol or none. */
function upgradeRefusal(request: IncomingMessage): string | undefined {
  if (pathOf(request) !== PATH) return "404 Not Found";
  const offered = (request.headers["sec-websocket-protocol"] ?? "").split(",").map((name) => name.trim());
  return offered.includes(SUBPROTOCOL) ? undefined : "400 Bad Request";
}

function refuseUpgrade(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

function pathOf(request: IncomingMessage): string | undefined {
  return request.url?.split("?")[0];
}

/** Every open socket, those in the middle of a TLS handshake too. */
function trackSockets(servers: readonly Server[]): ReadonlySet<Socket> {
  const sockets = new Set<Socket>();
  const track = (socket: Socket): void => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  };
  for (const server of servers) {
    server.on("connection", (socket: Socket) => {
      // Small packets must not wait for each other.
      socket.setNoDelay(true);
      track(socket);
    });
    server.on("secureConnection", track);
    // A client that does not trust the certificate ends the handshake: its own concern.
    server.on("tlsClientError", () => {});
  }
  return sockets;
}

async function listen(server: Server, port: number, held: readonly HeldPort[] | undefined): Promise<number> {
  const tries = held === undefined ? 1 : BIND_TRIES;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await listenOnce(server, port);
    } catch (error) {
      const isTaken = error instanceof Error && "code" in error && error.code === "EADDRINUSE";
      if (!isTaken || attempt >= tries) throw error;
      for (const one of held ?? []) one.release();
      await new Promise((resolve) => setTimeout(resolve, BIND_WAIT_MS));
    }
  }
}

function listenOnce(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const onListening = (): void => {
      server.off("error", onError);
      resolve((server.address() as AddressInfo).port);
    };
    const onError = (error: Error): void => {
      server.off("listening", onListening);
      reject(error);
    };
    server.once("listening", onListening);
    server.once("error", onError);
    server.listen(port, HOST);
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    // It is an error to close what never listened; then there is nothing to close.
    server.close(() => resolve());
  });
}
