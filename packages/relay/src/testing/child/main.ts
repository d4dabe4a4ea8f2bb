/**
 * A program for the tests of runtimes: serves a relay on Bun or Deno, as its README says, and does with its log what the
 * lines on standard input ask for.
 */
import process from "node:process";
import { createInterface } from "node:readline";
import { systemClock } from "@tesa/core/mqtt";
import { createMemoryTelemetryLog, type TelemetryLog } from "@tesa/log";
import { createRelay, type Relay, type RelayOptions } from "../../index.ts";
import type { ServeOptions } from "../served-relay.ts";
import { type Ask, type Call, readLine, writeLine } from "./message.ts";

type UpgradeWebSocket = NonNullable<RelayOptions["upgradeWebSocket"]>;

/** As much of a runtime's server as is used here. */
declare const Bun: {
  serve(options: object): { readonly port: number };
};
declare const Deno: {
  serve(options: object, fetch: Relay["fetch"]): { readonly addr: { readonly port: number } };
};

let log: TelemetryLog;
let relay: Relay;
const failures: string[] = [];

/** Serves; gives what a test has to know. */
async function serve({ retention, sockets = true, access = { type: "open" }, ...options }: ServeOptions) {
  log = createMemoryTelemetryLog({
    random: Math.random,
    clock: systemClock,
    ...(retention === undefined ? {} : { retention }),
  });
  const isBun = "Bun" in globalThis;
  const { upgradeWebSocket, websocket } = isBun
    ? await import("hono/bun")
    : { ...(await import("hono/deno")), websocket: undefined };
  relay = createRelay({
    ...options,
    log,
    access,
    clock: systemClock,
    hostname: "127.0.0.1",
    onFailure: (error) => failures.push(String(error)),
    ...(sockets ? { upgradeWebSocket: upgradeWebSocket as UpgradeWebSocket } : {}),
  });
  const port = isBun
    ? Bun.serve({
        hostname: "127.0.0.1",
        port: 0,
        idleTimeout: 60,
        development: false,
        fetch: (request: Request, server: unknown) => relay.fetch(request, { server }),
        websocket,
      }).port
    : Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, relay.fetch).addr.port;
  return { port, epoch: log.epoch };
}

async function answer(ask: Ask): Promise<unknown> {
  switch (ask.type) {
    case "serve":
      return serve(ask.options);
    case "append":
      return log.append(ask.entries);
    case "read":
      return log.read(ask.query);
    case "gap":
      return log.recordGap(ask.gap);
    case "clients":
      return relay.clients;
    case "failures":
      return failures;
    case "close":
      return relay.close();
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const { number, ask } = readLine<Call>(line);
  // One after the other, as a test would do it in this process.
  const result = await answer(ask).then(
    (value) => ({ value }),
    (error: unknown) => ({ error: String(error) }),
  );
  process.stdout.write(writeLine({ number, ...result }));
}
