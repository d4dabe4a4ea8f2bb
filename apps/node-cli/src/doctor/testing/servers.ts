import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import {
  type AddressInfo,
  createServer as createTcpServer,
  type Server as NetServer,
  type Socket,
} from "node:net";

/** A server on loopback; `close` cuts whoever is still connected. */
export interface TestServer extends AsyncDisposable {
  readonly port: number;
}

/** Answers TCP connections in whatever way. */
export function serveTcp(onConnection: (socket: Socket) => void): Promise<TestServer> {
  return listen(createTcpServer(), onConnection);
}

/** Answers HTTP requests, and upgrades, in whatever way. */
export function serveHttp(
  onRequest: RequestListener,
  onUpgrade?: (socket: Socket, key: string) => void,
): Promise<TestServer> {
  const server: Server = createServer(onRequest);
  if (onUpgrade !== undefined) {
    server.on("upgrade", (request, socket) => {
      onUpgrade(socket as Socket, request.headers["sec-websocket-key"] ?? "");
    });
  }
  return listen(server);
}

async function listen(server: NetServer, onConnection?: (socket: Socket) => void): Promise<TestServer> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    // A client that cuts the connection is part of the tests.
    socket.on("error", () => {});
    socket.once("close", () => sockets.delete(socket));
    onConnection?.(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
