import type { ChildProcess } from "node:child_process";
import { endChild, nextMessage, startChild } from "../child.ts";
import { Latencies } from "./latencies.ts";
import { type Run, runtimeBinary, SCENARIOS } from "./plan.ts";
import type {
  ClientTask,
  FromClients,
  FromServer,
  Measurement,
  ServerTask,
  ToClients,
  ToServer,
} from "./protocol.ts";

/** A process that neither ends nor answers for so long hangs. */
const TIMEOUT_MS = 120_000;
/** Of a warm-up, in seconds; at least so many events. */
const WARM_UP = { seconds: 1, events: 2 } as const;
/** One process of clients alone would be the bottleneck. */
const CLIENTS_PER_PROCESS = 500;

/** What was measured, and on which version of the runtime. */
export interface Measured {
  readonly measurement: Measurement;
  readonly version: string;
}

/** Starts a server and its clients, and lets so many seconds of events through. @throws Error when a process fails */
export async function measure({ runtime, scenario, variant }: Run, seconds: number): Promise<Measured> {
  const { clients, ratePerSecond } = SCENARIOS[scenario];
  const events = Math.max(3, Math.round(ratePerSecond * seconds));
  const warmUp = Math.max(WARM_UP.events, Math.round(ratePerSecond * WARM_UP.seconds));
  const task: ServerTask = { variant, clients, ratePerSecond, warmUp, events };
  const server = startChild(new URL("./server.ts", import.meta.url), {
    args: [JSON.stringify(task)],
    runtime: runtimeBinary(runtime),
  });
  const readers: ChildProcess[] = [];
  try {
    const { port } = await answer<FromServer, "listening">(server, "listening");
    for (let left = clients; left > 0; left -= CLIENTS_PER_PROCESS) {
      const own: ClientTask = { port, clients: Math.min(left, CLIENTS_PER_PROCESS), events: warmUp + events };
      readers.push(startChild(new URL("./clients.ts", import.meta.url), { args: [JSON.stringify(own)] }));
    }
    await Promise.all(readers.map((reader) => answer<FromClients, "connected">(reader, "connected")));
    const { times } = await ask<FromServer, "published">(server, { type: "publish" }, "published");
    const finish: ToClients = { type: "finish", times, warmUp };
    const counted = await Promise.all(
      readers.map((reader) => ask<FromClients, "counted">(reader, finish, "counted")),
    );
    const { cpuUs, version } = await ask<FromServer, "measured">(server, { type: "report" }, "measured");
    return {
      version,
      measurement: summarize(counted, { cpuUs, deliveries: clients * events, share: events / times.length }),
    };
  } finally {
    await Promise.all([server, ...readers].map(endChild));
  }
}

function summarize(
  counted: readonly Extract<FromClients, { readonly type: "counted" }>[],
  {
    cpuUs,
    deliveries,
    share,
  }: { readonly cpuUs: number; readonly deliveries: number; readonly share: number },
): Measurement {
  const latencies = new Latencies();
  for (const { latencies: bins } of counted) for (const [bin, count] of bins) latencies.addBin(bin, count);
  const bytes = counted.reduce((sum, { bytes }) => sum + bytes, 0);
  return {
    deliveries,
    missing: counted.reduce((sum, { missing }) => sum + missing, 0),
    cpuUs,
    p50Ms: latencies.quantile(0.5),
    p99Ms: latencies.quantile(0.99),
    bytesPerDelivery: (bytes * share) / deliveries,
  };
}

function ask<Message extends { readonly type: string }, Type extends Message["type"]>(
  child: ChildProcess,
  message: ToServer | ToClients,
  type: Type,
): Promise<Extract<Message, { readonly type: Type }>> {
  const answered = answer<Message, Type>(child, type);
  child.send(message);
  return answered;
}

async function answer<Message extends { readonly type: string }, Type extends Message["type"]>(
  child: ChildProcess,
  type: Type,
): Promise<Extract<Message, { readonly type: Type }>> {
  const received = await nextMessage<Message>(child, `The process that was to say "${type}"`, TIMEOUT_MS);
  if (received.type !== type) throw new Error(`A process said "${received.type}" and not "${type}".`);
  return received as Extract<Message, { readonly type: Type }>;
}
