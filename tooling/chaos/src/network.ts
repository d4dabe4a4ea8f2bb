import type { AddressInfo } from "node:net";
import { connect, createServer, type Socket } from "node:net";

/** The way between the CLI and a broker: it takes its time, and it breaks. */
export interface Network extends AsyncDisposable {
  /** The port on 127.0.0.1 that stands for the broker's. */
  readonly port: number;
  readonly connections: number;
  /** Cuts all connections on both sides. Gives how many there were. */
  cut(): number;
}

/** Where the broker is, and how far away. */
export interface NetworkOptions {
  readonly host: string;
  readonly port: number;
  /** How long bytes are on the way, in each direction. What is on the way when a connection ends is gone. */
  readonly delayMs: number;
}

/** Starts it on loopback. */
export async function startNetwork({ host, port, delayMs }: NetworkOptions): Promise<Network> {
  const ways = new Set<Way>();
  const server = createServer((client) => {
    const way: Way = {
      sides: [client, connect({ host, port })],
      isOpen: true,
      end() {
        way.isOpen = false;
        ways.delete(way);
        for (const side of way.sides) side.resetAndDestroy();
      },
    };
    ways.add(way);
    const [, broker] = way.sides;
    for (const [from, to] of [way.sides, [broker, client]] as const) {
      from.setNoDelay(true);
      // Its "close" follows.
      from.on("error", () => {});
      from.on("close", way.end);
      from.on("end", way.end);
      from.on("data", (bytes) => carry(way, { bytes, from, to, delayMs }));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const cut = () => {
    const count = ways.size;
    for (const way of [...ways]) way.end();
    return count;
  };
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return ways.size;
    },
    cut,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        cut();
      }),
  };
}

interface Way {
  readonly sides: readonly [client: Socket, broker: Socket];
  isOpen: boolean;
  /** Cuts both sides; what is on the way goes nowhere. May be called twice. */
  readonly end: () => void;
}

interface Load {
  readonly bytes: Buffer;
  readonly from: Socket;
  readonly to: Socket;
  readonly delayMs: number;
}

/** Timers of one length run out in the order in which they were set: bytes keep theirs. */
function carry(way: Way, { bytes, from, to, delayMs }: Load): void {
  setTimeout(() => {
    if (!way.isOpen || to.write(bytes)) return;
    from.pause();
    to.once("drain", () => from.resume());
  }, delayMs);
}
