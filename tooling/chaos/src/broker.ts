import type { PublishingDevice } from "./publisher/publisher.ts";

/** What became of one message at the broker, by its own books. */
export interface BrokerEntry {
  /** When it was first queued or sent for a client, in epoch milliseconds. */
  readonly at: number;
  /** The latest moment at which that can have been, where it is not known better. @default at */
  readonly until?: number;
  /** The client whose queue overflowed and dropped it; `undefined`: it was not dropped. */
  readonly droppedFor: string | undefined;
}

/** A broker, with what a run does to it and asks of it. */
export interface ChaosBroker extends AsyncDisposable {
  /** For people. */
  readonly name: string;
  /** How the CLI reaches it: `MQTT_BROKER_URL` and `CA_CERT_PATH`. */
  readonly wss: string;
  readonly mqtts: string;
  readonly caCertPath: string;
  readonly token: string;
  readonly devices: readonly PublishingDevice[];
  /** Cuts every connection of the CLI without a word. Gives how many there were. */
  cut(): number;
  /** Whether connections can be cut at all. */
  readonly canCut: boolean;
  /** How many connections there are to cut. */
  connections(): number;
  /** How many workers have connected and subscribed; `undefined` where it does not tell. */
  subscribers(): number | undefined;
  /** How many messages wait at the broker or are unacknowledged; `undefined` where it does not tell. */
  outstanding(): number | undefined;
  /** Its books, by message; `undefined` where it keeps none. */
  ledger(): Ledger | undefined;
}

/** The books of a broker that keeps them. */
export interface Ledger {
  /** So many messages it has acknowledged to their publishers. */
  readonly published: number;
  /** Every message that was sent to a client or queued for one, by its key. */
  readonly entries: ReadonlyMap<string, BrokerEntry>;
  /** Dropped because a session ended, which no run expects. */
  readonly sessionEnded: number;
}
