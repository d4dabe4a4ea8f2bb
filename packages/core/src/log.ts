import type { Telemetry } from "./telemetry.ts";

/** A decoded message on its way into the log, which gives it its `seq`. */
export interface LogEntry {
  readonly message: Omit<Telemetry, "seq">;
  /** The packet id under which it came; `undefined` at QoS 0. */
  readonly packetId: number | undefined;
  /** Whether the broker said that it may have sent it before (DUP). @default false */
  readonly duplicate?: boolean;
}

/** What became of a batch. */
export interface Appended {
  /** The `seq` of the first stored entry; the others follow without holes. */
  readonly firstSeq: number;
  readonly lastSeq: number;
  /** The places in the batch, from 0, of those that the broker had sent before: not stored again. */
  readonly redelivered: readonly number[];
  /**
   * The places of those that could not be stored even alone: kept aside with their error, without a `seq`. They are
   * acknowledged like the others, or one bad message would hold up all that follow. @default none
   */
  readonly rejected?: readonly number[];
}

/** What has to be known to go on with a session at the broker, after a reconnect or a restart. */
export interface SessionRecord {
  readonly clientId: string;
  /** The filters that the broker holds for this session. Empty until the first SUBACK. */
  readonly filters: readonly string[];
  /** The fingerprint of the token that the broker accepted last; `null` if it never accepted one. */
  readonly acceptedToken: string | null;
  /** Until when nothing is known to be missing, in epoch milliseconds; `null` before the first connection. */
  readonly connectedUntil: number | null;
  /**
   * Until when all that the broker got is in the log, or in one of its gaps, in epoch milliseconds; noted now and then.
   * @default null
   */
  readonly caughtUpAt?: number | null;
  /** Messages per second at the end, where the log can tell. @default 0 */
  readonly recentRate?: number;
}

/** A stretch of time of which messages may be missing, in epoch milliseconds. */
export interface Gap {
  /** `certain`: the broker had no session where one was expected. `possible`: away for longer than its queue lasts. */
  readonly kind: "certain" | "possible";
  readonly from: number;
  readonly to: number;
}

/** The append-only log, as far as the stream needs it. Calls come one at a time, in this order. */
export interface Log {
  /**
   * Whether a message is safe once `append()` has fulfilled. If so it is acknowledged then; if not, when whoever reads
   * the stream is done with it.
   */
  readonly durable: boolean;
  session(): Promise<SessionRecord>;
  saveSession(session: SessionRecord): Promise<void>;
  /** A connection was accepted; what is appended from now on came over it. */
  connected(options: { readonly sessionPresent: boolean }): Promise<void>;
  /** Stores a batch and fulfils when that is final. @throws TesaError `log` */
  append(batch: readonly LogEntry[]): Promise<Appended>;
  recordGap(gap: Gap): Promise<void>;
  /**
   * How many messages were received at this epoch millisecond or later; `atMost` if they are more. Of use where the log
   * outlives the process.
   */
  countSince?(at: number, atMost: number): Promise<number>;
}
