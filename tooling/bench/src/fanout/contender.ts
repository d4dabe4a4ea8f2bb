import type { LogEntry } from "@tesa/core";
import { systemClock } from "@tesa/core/mqtt";
import { createMemoryTelemetryLog } from "@tesa/log";
import { createLoop } from "./loop.ts";
import type { Variant } from "./plan.ts";

/** What is measured: something that serves streams and hands on what is published. */
export interface Contender {
  readonly port: number;
  publish(entry: LogEntry): void;
}

/** Starts a contender on the runtime that runs this, on a port of its own. */
export async function startContender(variant: Variant, clients: number): Promise<Contender> {
  return variant === "relay" ? startRelay(clients) : createLoop(variant);
}

/** The real path: what is published is appended to a log in memory, and the relay follows it. */
async function startRelay(clients: number): Promise<Contender> {
  const { createRelay } = await import("@tesa/relay");
  const log = createMemoryTelemetryLog({ random: Math.random, clock: systemClock });
  const options = {
    log,
    clock: systemClock,
    hostname: "127.0.0.1",
    access: { type: "open" },
    limits: { clients },
    onFailure: (error: unknown) => {
      throw error;
    },
  } as const;
  const publish = (entry: LogEntry) => void log.append([entry]);
  if (typeof Bun !== "undefined") {
    const { fetch } = createRelay(options);
    return { publish, port: Bun.serve({ hostname: "127.0.0.1", port: 0, idleTimeout: 0, fetch }).port };
  }
  const { createNodeStreams } = await import("@tesa/relay/node");
  const { serve } = await import("@hono/node-server");
  const { fetch } = createRelay({ ...options, openStream: createNodeStreams() });
  return new Promise((resolve) => {
    serve({ fetch, hostname: "127.0.0.1", port: 0 }, ({ port }) => resolve({ publish, port }));
  });
}
