import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { WebSocket } from "ws";

/** Options of {@link openTransport}. */
export interface TransportOptions {
  /** `wss:`, `ws:`, `mqtts:` or `mqtt:`. */
  readonly url: string;
  /** PEM text of the CA to trust. @default the system's */
  readonly ca?: string | undefined;
  /** The WebSocket subprotocol to ask for; `null` asks for none. @default "mqtt" */
  readonly subprotocol?: string | null | undefined;
  readonly onBytes: (bytes: Buffer) => void;
  /** Called once. `code`: the WebSocket close code, or `undefined` where there is no WebSocket. */
  readonly onClose: (code: number | undefined) => void;
}

/** A stream of bytes to a broker, over a WebSocket or a socket. */
export interface Transport {
  /** Over a WebSocket, each call is one binary frame. */
  write(bytes: Uint8Array): void;
  /** Stops reading, as a client that hangs; `resume()` goes on. */
  pause(): void;
  resume(): void;
  /** Ends the connection in the transport's own way. */
  end(): void;
  /** Cuts the TCP connection. */
  destroy(): void;
}

/** Opens a connection. @throws what the socket or the WebSocket upgrade failed with (`Unexpected server response: 404`) */
export function openTransport(options: TransportOptions): Promise<Transport> {
  const { protocol } = new URL(options.url);
  return protocol === "wss:" || protocol === "ws:" ? openWebSocket(options) : openSocket(options);
}

function openWebSocket({ url, ca, subprotocol, onBytes, onClose }: TransportOptions): Promise<Transport> {
  return new Promise((resolve, reject) => {
    const protocols = subprotocol === null ? [] : [subprotocol ?? "mqtt"];
    const socket = new WebSocket(url, protocols, {
      perMessageDeflate: false,
      ...(ca === undefined ? {} : { ca }),
    });
    socket.binaryType = "nodebuffer";
    socket.on("message", (data) => onBytes(data as Buffer));
    socket.on("error", reject);
    socket.on("close", onClose);
    socket.on("open", () =>
      resolve({
        write: (bytes) => socket.send(bytes, { binary: true }),
        pause: () => socket.pause(),
        resume: () => socket.resume(),
        end: () => socket.close(),
        destroy: () => socket.terminate(),
      }),
    );
  });
}

function openSocket({ url, ca, onBytes, onClose }: TransportOptions): Promise<Transport> {
  return new Promise((resolve, reject) => {
    const { protocol, hostname, port } = new URL(url);
    const isTls = protocol === "mqtts:";
    const address = { host: hostname.replace(/^\[|\]$/g, ""), port: Number(port) };
    const socket: Socket = isTls
      ? connectTls({ ...address, ...(ca === undefined ? {} : { ca }) })
      : connectTcp(address);
    socket.on("data", onBytes);
    socket.on("error", reject);
    socket.on("close", () => onClose(undefined));
    socket.on(isTls ? "secureConnect" : "connect", () =>
      resolve({
        write: (bytes) => socket.write(bytes),
        pause: () => socket.pause(),
        resume: () => socket.resume(),
        end: () => socket.end(),
        destroy: () => socket.destroy(),
      }),
    );
  });
}
