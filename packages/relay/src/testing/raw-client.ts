import { connect, type Socket } from "node:net";

/** A connection over which a test says what it likes. */
export interface RawClient extends Disposable {
  readonly socket: Socket;
  /** What came so far, as Latin-1. */
  readonly text: string;
  /** Waits until the text holds this. */
  until(expected: string): Promise<string>;
  readonly closed: Promise<void>;
}

/** Connects and sends the text; reads nothing at all where told so. */
export async function rawClient(
  port: number,
  request: string,
  { reads = true }: { readonly reads?: boolean } = {},
): Promise<RawClient> {
  const socket = connect({ port, host: "127.0.0.1" });
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", reject);
  });
  let text = "";
  let wake = () => {};
  socket.on("error", () => {});
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  if (reads) {
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      wake();
    });
  }
  socket.write(request);
  return {
    socket,
    closed,
    get text() {
      return text;
    },
    async until(expected) {
      while (!text.includes(expected)) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return text;
    },
    [Symbol.dispose]: () => void socket.destroy(),
  };
}

/** The lines of a GET. */
export function rawGet(path: string, headers: Readonly<Record<string, string>> = {}): string {
  const lines = Object.entries({ host: "127.0.0.1", ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  return `GET ${path} HTTP/1.1\r\n${lines.join("")}\r\n`;
}
