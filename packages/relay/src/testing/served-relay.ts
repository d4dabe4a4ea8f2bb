import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { systemClock } from "@tesa/core/mqtt";
import { createMemoryTelemetryLog, type Retention, type TelemetryLog } from "@tesa/log";
import type { RelayOptions } from "../options.ts";
import { startOnRuntime } from "./child/start-on-runtime.ts";
import { startRelay } from "./start-relay.ts";

/** What serves a relay: Node with either way of writing bodies, in this process; other runtimes in one of their own. */
export const SERVERS = ["Node, web streams", "Node, node streams", "Bun", "Deno"] as const;

export type Server = (typeof SERVERS)[number];

/** What a test may ask of a relay on any runtime. */
export interface ServeOptions extends Pick<RelayOptions, "origins" | "limits"> {
  /** @default open */
  readonly access?: RelayOptions["access"];
  readonly retention?: Retention;
  /** Whether it opens WebSockets. @default true */
  readonly sockets?: boolean;
}

/** A relay on a port of its own, with a memory log, wherever it runs. */
export interface ServedRelay extends AsyncDisposable {
  readonly log: Pick<TelemetryLog, "append" | "read" | "recordGap" | "epoch">;
  readonly url: string;
  readonly port: number;
  /** How many live clients it has now. */
  clients(): Promise<number>;
  /** What the relay could not do. */
  failures(): Promise<readonly unknown[]>;
  /** Bytes of its heap that are in use, after what is not has been collected; where that can be known. */
  readonly usedHeap?: () => number;
  /** Closes the relay, but not its server. */
  closeRelay(): Promise<void>;
}

/** Starts a relay there. */
export async function serveOn(server: Server, options: ServeOptions = {}): Promise<ServedRelay> {
  if (server === "Bun" || server === "Deno") return startOnRuntime(server, options);
  const { retention, sockets = true, ...given } = options;
  const bodies = server === "Node, node streams" ? "node streams" : "web streams";
  const started = await startRelay({
    ...given,
    bodies,
    ...(retention === undefined
      ? {}
      : { log: createMemoryTelemetryLog({ random: Math.random, clock: systemClock, retention }) }),
    ...(sockets ? {} : { upgradeWebSocket: undefined as never }),
  });
  const { log, url, port, relay, failures } = started;
  return {
    log,
    url,
    port,
    clients: async () => relay.clients,
    failures: async () => failures,
    usedHeap,
    closeRelay: async () => relay.close(),
    [Symbol.asyncDispose]: () => started[Symbol.asyncDispose](),
  };
}

/** Of this process. */
function usedHeap(): number {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
