import { type LedgerEntry, type Platform, startPlatform } from "@tesa/platform";
import type { BrokerEntry, ChaosBroker, Ledger } from "./broker.ts";
import { keyOf, type MessageKey } from "./message.ts";

/** Options of {@link startBox}. */
export interface BoxOptions {
  /** How many messages it queues for a client. */
  readonly maxQueue: number;
  readonly deviceCount: number;
}

const ORGANISATION = "acme";

/** Starts the platform in a box, whose ledger knows what became of every message. */
export async function startBox({ maxQueue, deviceCount }: BoxOptions): Promise<ChaosBroker> {
  const platform = await startPlatform({ broker: { maxQueue }, ledger: "full" });
  const ids = Array.from({ length: deviceCount }, (_, index) => `chaos-${index + 1}`);
  return {
    name: `the platform in a box, queue of ${maxQueue}`,
    wss: platform.urls.wss,
    mqtts: platform.urls.mqtts,
    caCertPath: platform.caCertPath,
    token: platform.tokens.issue({ organisation: ORGANISATION }),
    devices: ids.map((deviceId) => ({
      deviceId,
      ...platform.devices.register({ organisation: ORGANISATION, deviceId }),
    })),
    cut: () => platform.faults.dropConnections(),
    canCut: true,
    connections: () => applications(platform).filter(({ connected }) => connected).length,
    subscribers: () => applications(platform).length,
    outstanding: () =>
      applications(platform).reduce((sum, { inflight, queued }) => sum + inflight + queued, 0),
    ledger: () => summarise(platform),
    [Symbol.asyncDispose]: () => platform.close(),
  };
}

/** Devices subscribe to nothing. */
function applications(platform: Platform): ReturnType<Platform["clients"]> {
  return platform.clients().filter(({ subscriptions }) => subscriptions.length > 0);
}

function summarise({ ledger }: Platform): Ledger {
  const entries = new Map<MessageKey, BrokerEntry>();
  let sessionEnded = 0;
  for (const entry of ledger.entries()) {
    const key = keyOf(entry.payload);
    if (entry.reason === "session-ended") sessionEnded += 1;
    const known = entries.get(key);
    const droppedFor = isOverflow(entry) ? entry.clientId : known?.droppedFor;
    if (known === undefined || known.droppedFor !== droppedFor) {
      entries.set(key, { at: known?.at ?? entry.at, droppedFor });
    }
  }
  return { published: ledger.published.length, entries, sessionEnded };
}

function isOverflow({ event, reason }: LedgerEntry): boolean {
  return event === "dropped" && reason === "overflow";
}
