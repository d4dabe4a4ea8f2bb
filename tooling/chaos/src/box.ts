import { type LedgerEntry, type Platform, startPlatform } from "@tesa/platform";
import type { BrokerEntry, ChaosBroker, Ledger } from "./broker.ts";
import { keyOf, type MessageKey } from "./message.ts";
import { startNetwork } from "./network.ts";

/** Options of {@link startBox}. */
export interface BoxOptions {
  /** How many messages it queues for a client. */
  readonly maxQueue: number;
  readonly deviceCount: number;
  /** How far away it is for the CLI, in milliseconds in each direction. */
  readonly delayMs: number;
}

const ORGANISATION = "acme";

/**
 * Starts the platform in a box, whose ledger knows what became of every message. Its connections are cut by the broker,
 * and on the way to it, by turns.
 */
export async function startBox({ maxQueue, deviceCount, delayMs }: BoxOptions): Promise<ChaosBroker> {
  const platform = await startPlatform({ broker: { maxQueue }, ledger: "full" });
  const { hostname: host, port, pathname } = new URL(platform.urls.wss);
  const network = await startNetwork({ host, port: Number(port), delayMs });
  const ids = Array.from({ length: deviceCount }, (_, index) => `chaos-${index + 1}`);
  let cuts = 0;
  return {
    name: `the platform in a box, queue of ${maxQueue}`,
    wss: `wss://${host}:${network.port}${pathname}`,
    mqtts: platform.urls.mqtts,
    caCertPath: platform.caCertPath,
    token: platform.tokens.issue({ organisation: ORGANISATION }),
    devices: ids.map((deviceId) => ({
      deviceId,
      ...platform.devices.register({ organisation: ORGANISATION, deviceId }),
    })),
    canCut: true,
    cut: () => {
      const count = cuts % 2 === 0 ? network.cut() : platform.faults.dropConnections();
      if (count > 0) cuts += 1;
      return count;
    },
    connections: () => applications(platform).filter(({ connected }) => connected).length,
    subscribers: () => applications(platform).length,
    outstanding: () =>
      applications(platform).reduce((sum, { inflight, queued }) => sum + inflight + queued, 0),
    ledger: () => summarise(platform),
    async [Symbol.asyncDispose]() {
      await network[Symbol.asyncDispose]();
      await platform.close();
    },
  };
}

/** Devices subscribe to nothing. */
function applications(platform: Platform): ReturnType<Platform["clients"]> {
  return platform.clients().filter(({ subscriptions }) => subscriptions.length > 0);
}

function summarise({ ledger }: Platform): Ledger {
  const byId = new Map<number, { readonly key: MessageKey; readonly entry: BrokerEntry }>();
  let sessionEnded = 0;
  for (const entry of ledger.entries()) {
    if (entry.reason === "session-ended") sessionEnded += 1;
    const known = byId.get(entry.messageId);
    if (known !== undefined && !isOverflow(entry)) continue;
    const droppedFor = isOverflow(entry) ? entry.clientId : undefined;
    byId.set(entry.messageId, {
      key: known?.key ?? keyOf(entry.payload),
      entry: { at: known?.entry.at ?? entry.at, droppedFor },
    });
  }
  const entries = new Map([...byId.values()].map(({ key, entry }) => [key, entry]));
  return { published: ledger.published.length, entries, sessionEnded };
}

function isOverflow({ event, reason }: LedgerEntry): boolean {
  return event === "dropped" && reason === "overflow";
}
