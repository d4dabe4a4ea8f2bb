import type { Connection } from "./connection.ts";
import type { DeviceRegistry } from "./devices.ts";
import type { LedgerWriter } from "./ledger.ts";
import { Router } from "./router.ts";
import { SessionStore } from "./sessions.ts";
import type { TokenRegistry } from "./tokens.ts";
import type { BrokerOptions, ClientInfo, ConnectRefusal, PlatformEvent } from "./types.ts";

/** The broker's settings with every default filled in. */
export type BrokerSettings = Required<BrokerOptions>;

/** EMQX's defaults, and the platform's settings where they differ. */
export const DEFAULT_SETTINGS: BrokerSettings = {
  maxInflight: 32,
  maxQueue: 1_000,
  maxSessionExpirySeconds: 7_200,
  denyAction: "disconnect",
  maxPacketSize: 10_485_760,
  protocolVersions: [4, 5],
  maxFrameBytes: Number.POSITIVE_INFINITY,
};

/** The faults that are switched on; they concern applications alone. */
export interface FaultSwitches {
  refusal: ConnectRefusal | null;
  ignoresConnects: boolean;
  ignoresSubscribes: boolean;
  isSilent: boolean;
  delayMs: number;
}

/** Options of {@link Broker}. */
export interface BrokerParts {
  readonly settings: BrokerSettings;
  readonly tokens: TokenRegistry;
  readonly devices: DeviceRegistry;
  readonly ledger: LedgerWriter;
}

/** What the connections of one platform share. */
export class Broker {
  readonly settings: BrokerSettings;
  readonly tokens: TokenRegistry;
  readonly devices: DeviceRegistry;
  readonly ledger: LedgerWriter;
  readonly router: Router;
  readonly sessions: SessionStore;
  readonly connections: Set<Connection> = new Set();
  readonly faults: FaultSwitches = {
    refusal: null,
    ignoresConnects: false,
    ignoresSubscribes: false,
    isSilent: false,
    delayMs: 0,
  };
  readonly #listeners = new Set<(event: PlatformEvent) => void>();
  #lastMessageId = 0;

  constructor({ settings, tokens, devices, ledger }: BrokerParts) {
    this.settings = settings;
    this.tokens = tokens;
    this.devices = devices;
    this.ledger = ledger;
    this.router = new Router(ledger);
    this.sessions = new SessionStore({
      maxQueue: settings.maxQueue,
      ledger,
      onEnd: (session, deliveries, { isCleanShutdown }) =>
        this.router.sessionEnded(session, deliveries, isCleanShutdown),
    });
  }

  nextMessageId(): number {
    this.#lastMessageId += 1;
    return this.#lastMessageId;
  }

  emit(event: PlatformEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  onEvent(listener: (event: PlatformEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  clients(): ClientInfo[] {
    return this.sessions.list().map((session) => ({
      clientId: session.clientId,
      organisation: session.identity.organisation,
      connected: session.outlet !== undefined,
      protocolVersion: session.protocolVersion,
      subscriptions: [...session.subscriptions.keys()],
      inflight: session.inflightCount,
      queued: session.queuedCount,
    }));
  }
}
