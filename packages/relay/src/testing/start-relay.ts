import type { AddressInfo } from "node:net";
import { serve, upgradeWebSocket } from "@hono/node-server";
import { systemClock } from "@tesa/core/mqtt";
import { createMemoryTelemetryLog, type TelemetryLog } from "@tesa/log";
import { WebSocketServer } from "ws";
import { createRelay, createRelayKey, parseRelaySecrets, type Relay, type RelayOptions } from "../index.ts";
import { createNodeStreams } from "../node/index.ts";

/** Visibly no secret of anybody. */
export const TEST_SECRET = "test-secret-of-more-than-thirty-two-bytes";

/** How the bodies of streams are written. */
export type Bodies = "web streams" | "node streams";

/** A relay on a port of its own. */
export interface StartedRelay extends AsyncDisposable {
  readonly relay: Relay;
  readonly log: TelemetryLog;
  readonly url: string;
  readonly port: number;
  /** What the relay could not do. */
  readonly failures: unknown[];
}

/** Serves a memory log on Node. */
export async function startRelay(
  options: Partial<RelayOptions> & { readonly bodies?: Bodies } = {},
): Promise<StartedRelay> {
  const { bodies = "web streams", ...given } = options;
  const log = given.log ?? createMemoryTelemetryLog({ random: Math.random, clock: systemClock });
  const failures: unknown[] = [];
  const relay = createRelay({
    log,
    clock: systemClock,
    hostname: "127.0.0.1",
    access: { type: "open" },
    onFailure: (error) => failures.push(error),
    upgradeWebSocket,
    ...(bodies === "node streams" ? { openStream: createNodeStreams() } : {}),
    ...given,
  });
  // It is made for `ws`; only the types of optional properties are less exact there.
  const websocket = { server: new WebSocketServer({ noServer: true }) as never };
  const server = serve({ fetch: relay.fetch, hostname: "127.0.0.1", port: 0, websocket });
  await new Promise<void>((resolve) => server.once("listening", () => resolve()));
  const { port } = server.address() as AddressInfo;
  return {
    relay,
    log,
    port,
    url: `http://127.0.0.1:${port}`,
    failures,
    async [Symbol.asyncDispose]() {
      relay.close();
      if ("closeAllConnections" in server) server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Access by keys made with {@link TEST_SECRET}, of the organisation `acme`. */
export async function keyAccess(): Promise<RelayOptions["access"]> {
  return { type: "keys", secrets: await parseRelaySecrets(TEST_SECRET), organisation: "acme" };
}

/** A key of `acme` unless told otherwise. */
export async function testKey(
  options: Partial<Parameters<typeof createRelayKey>[0]> & { readonly secretText?: string } = {},
): Promise<string> {
  const { secretText = TEST_SECRET, ...given } = options;
  const [secret] = await parseRelaySecrets(secretText);
  if (secret === undefined) throw new Error("There is no secret.");
  return (await createRelayKey({ secret, organisation: "acme", now: Date.now(), ...given })).key;
}
