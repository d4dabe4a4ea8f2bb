// A process of clients, which count bytes and events: for each event, by when it had come to each client.
import { Buffer } from "node:buffer";
import { connect, type Socket } from "node:net";
import { MARK } from "./events.ts";
import { Latencies } from "./latencies.ts";
import type { ClientTask, FromClients, ToClients } from "./protocol.ts";

/** A client that has got nothing for so long gets nothing more. */
const SILENCE_MS = 5_000;
/** So many connect at a time: a server's queue of new connections is short. */
const AT_ONCE = 50;
const REQUEST = "GET /v1/stream HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
const MARK_BYTE = MARK.charCodeAt(0);

interface Client {
  readonly socket: Socket;
  /** When each event came. */
  readonly arrivals: Float64Array;
  count: number;
}

const task = JSON.parse(process.argv[2] ?? "") as ClientTask;
let bytes = 0;
let lastArrival = 0;

const clients: Client[] = [];
for (let from = 0; from < task.clients; from += AT_ONCE) {
  const few = Array.from({ length: Math.min(AT_ONCE, task.clients - from) }, open);
  clients.push(...(await Promise.all(few)));
}
process.on("message", (message: ToClients) => void finish(message));
process.on("disconnect", () => process.exit(0));
tell({ type: "connected" });

/** Fulfils when the answer has begun. */
function open(): Promise<Client> {
  return new Promise((resolve, reject) => {
    const buffer = Buffer.alloc(65_536);
    const client: Client = {
      arrivals: new Float64Array(task.events),
      count: 0,
      socket: connect({
        port: task.port,
        host: "127.0.0.1",
        onread: {
          buffer,
          callback: (length) => {
            resolve(client);
            note(client, buffer, length);
            return true;
          },
        },
      }),
    };
    client.socket.once("connect", () => client.socket.write(REQUEST));
    client.socket.once("error", reject);
    client.socket.once("close", () => reject(new Error("The server closed a connection.")));
  });
}

function note(client: Client, buffer: Buffer, length: number): void {
  const now = performance.timeOrigin + performance.now();
  bytes += length;
  lastArrival = now;
  const came = length === buffer.length ? buffer : buffer.subarray(0, length);
  for (let at = came.indexOf(MARK_BYTE); at !== -1; at = came.indexOf(MARK_BYTE, at + 1)) {
    client.arrivals[client.count] = now;
    client.count += 1;
  }
}

async function finish({ times, warmUp }: ToClients): Promise<void> {
  const isComplete = () => clients.every(({ count }) => count >= times.length);
  lastArrival = performance.timeOrigin + performance.now();
  while (!isComplete() && performance.timeOrigin + performance.now() - lastArrival < SILENCE_MS) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const latencies = new Latencies();
  let missing = 0;
  for (const { arrivals, count } of clients) {
    missing += Math.abs(times.length - count);
    for (let index = warmUp; index < Math.min(count, times.length); index += 1) {
      latencies.add((arrivals[index] ?? 0) - (times[index] ?? 0));
    }
  }
  tell({ type: "counted", missing, bytes, latencies: latencies.bins });
}

function tell(message: FromClients): void {
  process.send?.(message);
}
