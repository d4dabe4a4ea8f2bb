import type { Appended, Gap, Log, LogEntry, Telemetry } from "@tesa/core";

/** What became of a batch, with what a log of its own knows besides. */
export interface AppendResult extends Appended {
  /**
   * The places in the batch, from 0, of those that could not be stored even alone: kept in `rejected` with their error,
   * without a `seq`. They are to be acknowledged like the others, or one bad message would hold up all that follow.
   */
  readonly rejected: readonly number[];
}

/** What to read. Everything given must hold at once. */
export interface ReadQuery {
  /** Only messages behind this `seq`. @default 0 */
  readonly after?: number;
  /** At the most so many, 1 to 10,000. @default 1,000 */
  readonly limit?: number;
  /** Only this device. */
  readonly device?: string;
  /** Only messages whose topic ends in this sensor, or that hold a reading of it. */
  readonly sensor?: string;
  /** Only what was received at this epoch millisecond or later. */
  readonly from?: number;
  /** Only what was received before this epoch millisecond. */
  readonly to?: number;
}

/** A page of messages, in the order of `seq`. */
export interface ReadPage {
  readonly messages: readonly Telemetry[];
  /** Up to which `seq` was looked: the `after` of the next page, whether or not a message matched. */
  readonly lastSeq: number;
  /** Whether there is more behind it now. */
  readonly more: boolean;
}

/** What the log holds; both are 0 when it is empty and has always been. */
export interface LogBounds {
  /** The oldest `seq` that can be read. `lastSeq + 1` when all has been removed by retention. */
  readonly firstSeq: number;
  readonly lastSeq: number;
}

/** The place of a reader, kept in the log itself. */
export interface Cursor<State = unknown> {
  readonly name: string;
  /** Everything up to this `seq` has been dealt with. */
  readonly position: number;
  /** What the reader wants to find again, as JSON; `null` at first. */
  readonly state: State | null;
  /** Saves both at once. Fulfils when it is as safe as a message is. @throws TesaError `log` */
  save(next: { readonly position: number; readonly state?: State | null }): Promise<void>;
  /** Gives the name back: it can be opened again. Nothing can be saved afterwards. May be called twice. */
  close(): void;
}

/** A message that its receiver refused for good. It has a copy of its own: retention does not touch it. */
export interface DeadLetter {
  /** Its number among the dead letters, from 1. */
  readonly id: number;
  /** The cursor of the reader that gave it up. */
  readonly reader: string;
  readonly at: number;
  readonly reason: string;
  readonly message: Telemetry;
}

/** How much the log keeps; what is older goes. The first limit that is reached counts. */
export interface Retention {
  /** Milliseconds since it was received. */
  readonly maxAgeMs?: number;
  readonly maxRows?: number;
  /** Bytes of payload and topic. */
  readonly maxBytes?: number;
}

/** A gap on record, numbered from 1. */
export interface GapRecord extends Gap {
  readonly id: number;
  /** The last `seq` before it: where it lies in the order of messages. */
  readonly afterSeq: number;
}

/** Counts and sizes, for reports and metrics. */
export interface LogStats {
  readonly rows: number;
  /** Bytes of payload and topic. */
  readonly bytes: number;
  /** Rows that could not be stored even alone; they are kept with their error in `rejected`. */
  readonly rejected: number;
  readonly gaps: number;
  readonly deadLetters: number;
}

/**
 * The append-only log of telemetry: what the stream writes (`Log` of `@tesa/core`), and what its readers need.
 *
 * `seq` begins at 1 and has no holes. One process at a time has it open.
 */
export interface TelemetryLog extends Log, AsyncDisposable {
  /** Random, made with the log and never changed: with `seq` it names a message in the world. */
  readonly id: string;
  /** New whenever history was lost or the log was made anew: a `seq` means something only within an epoch. */
  readonly epoch: string;
  /**
   * All of the batch is stored, or none of it: after a failure, the same batch may be appended again.
   *
   * @throws TesaError `log`, `retryable` where the log may work again by itself (disk full, locked)
   */
  append(batch: readonly LogEntry[]): Promise<AppendResult>;
  read(query?: ReadQuery): Promise<ReadPage>;
  /** The newest message of each device, retained ones only where there is no other; at the most `limit`. @default 10,000 */
  latest(limit?: number): Promise<readonly Telemetry[]>;
  bounds(): Promise<LogBounds>;
  /** Opens the place of a reader; a new one stands at 0, before everything. Each name is open once at a time. */
  cursor<State = unknown>(name: string): Promise<Cursor<State>>;
  /** The places of all readers there have ever been. */
  cursors(): Promise<readonly { readonly name: string; readonly position: number }[]>;
  /** Calls back after each append that stored something; the returned function ends it. */
  onAppend(listener: (lastSeq: number) => void): () => void;
  gaps(query?: { readonly from?: number; readonly to?: number }): Promise<readonly GapRecord[]>;
  /** Keeps a message that was given up. */
  addDeadLetter(letter: Omit<DeadLetter, "id">): Promise<void>;
  deadLetters(query?: {
    readonly reader?: string;
    readonly after?: number;
    readonly limit?: number;
  }): Promise<readonly DeadLetter[]>;
  /** Gives how many were there to remove. */
  removeDeadLetters(ids: readonly number[]): Promise<number>;
  stats(): Promise<LogStats>;
  /** Removes what retention no longer keeps; the log does so by itself too, now and then. */
  trim(): Promise<void>;
  close(): Promise<void>;
}

/** The dead letters of a log, without the rest of it. */
export type DeadLetters = Pick<TelemetryLog, "id" | "epoch" | "deadLetters" | "removeDeadLetters" | "close"> &
  AsyncDisposable;
