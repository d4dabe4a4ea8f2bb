import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** The way between an app and the box: bytes pass as they are, until it breaks. */
export interface Network extends AsyncDisposable {
  /** The broker's URL, by way of this. */
  readonly url: string;
  /** How many connections apps have opened. */
  readonly opened: number;
  /** Cuts every connection. What is on the way is lost. */
  cut(): void;
  /** From now on what the app sends stays on the way; what the broker sends arrives. Ends with `cut()`. */
  holdUp(): void;
  /** The open connections are half open: nothing passes and nobody is told. New ones work. */
  goSilent(): void;
}

interface Way {
  readonly app: Socket;
  readonly broker: Socket;
  isSilent: boolean;
}

/** Stands on loopback before the broker of this URL. */
export async function startNetwork(brokerUrl: string): Promise<Network> {
  const target = new URL(brokerUrl);
  const ways = new Set<Way>();
  let opened = 0;
  let holdsUp = false;
  const server = createServer((app) => {
    opened += 1;
    const way = { app, broker: connect(Number(target.port), target.hostname), isSilent: false };
    ways.add(way);
    join(way, () => ways.delete(way));
    if (holdsUp) app.pause();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = Object.assign(new URL(brokerUrl), { port: (server.address() as AddressInfo).port }).href;
  const cut = () => {
    holdsUp = false;
    for (const { app, broker } of ways) {
      app.resetAndDestroy();
      broker.destroy();
    }
  };
  return {
    url,
    get opened() {
      return opened;
    },
    cut,
    holdUp() {
      holdsUp = true;
      for (const { app } of ways) app.pause();
    },
    goSilent() {
      for (const way of ways) way.isSilent = true;
    },
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        cut();
      }),
  };
}

function join(way: Way, onEnd: () => void): void {
  const { app, broker } = way;
  for (const [from, to] of [
    [app, broker],
    [broker, app],
  ] as const) {
    from.setNoDelay(true);
    from.on("error", () => {});
    from.on("data", (bytes) => {
      if (way.isSilent || to.write(bytes)) return;
      from.pause();
      to.once("drain", () => from.resume());
    });
    from.on("close", () => {
      // What the broker gives up, a half-open connection does not tell the app.
      if (!way.isSilent || from === app) to.destroy();
      if (from === app) onEnd();
    });
  }
}
