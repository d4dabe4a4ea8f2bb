import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** A way through this machine that can go dead without telling anybody, as a network does while a laptop sleeps. */
export class TcpProxy implements AsyncDisposable {
  /** The port on 127.0.0.1 that new connections go on to. */
  target = 0;
  readonly #server: Server;
  readonly #pairs = new Set<readonly [Socket, Socket]>();

  private constructor(server: Server) {
    this.#server = server;
    server.on("connection", (client) => this.#forward(client));
  }

  static async start(): Promise<TcpProxy> {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new TcpProxy(server);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** The connections that go through it, each with the bytes that the browser has sent over it. */
  get connections(): readonly { readonly sent: number }[] {
    return [...this.#pairs].map(([client]) => ({ sent: client.bytesRead }));
  }

  /** Ends the connections over which the browser has sent nothing: those that it keeps ready. */
  cutUnused(): void {
    for (const [client] of this.#pairs) if (client.bytesRead === 0) client.destroy();
  }

  /** Nothing passes any more, either way, through the connections that there are, and none is closed. New ones work. */
  freeze(): void {
    for (const pair of this.#pairs) {
      for (const socket of pair) {
        socket.unpipe();
        socket.pause();
      }
    }
  }

  /** Ends all connections that there are. */
  cut(): void {
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #forward(client: Socket): void {
    const broker = connect(this.target, "127.0.0.1");
    const pair = [client, broker] as const;
    this.#pairs.add(pair);
    for (const socket of pair) {
      // The close that follows says as much.
      socket.on("error", () => {});
      socket.on("close", () => {
        this.#pairs.delete(pair);
        for (const other of pair) other.destroy();
      });
    }
    client.pipe(broker);
    broker.pipe(client);
  }
}
