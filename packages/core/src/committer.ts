import { type BackoffPolicy, backoffDelayMs, DEFAULT_BACKOFF } from "./backoff.ts";
import { type Clock, sleep } from "./clock.ts";
import type { MessageDecoder } from "./decode.ts";
import { TesaError } from "./errors.ts";
import type { GapRecorder } from "./gap-recorder.ts";
import type { Received } from "./intake.ts";
import type { Appended, Gap, Log, LogEntry } from "./log.ts";
import type { OverflowWatch } from "./overflow-watch.ts";
import type { SessionKeeper } from "./session-keeper.ts";
import type { Telemetry } from "./telemetry.ts";
import type { Look, Publish } from "./transport.ts";

/** A log that fails for a moment (a full disk, a lock) is tried again soon at first, and never seldom. */
const LOG_BACKOFF: BackoffPolicy = { ...DEFAULT_BACKOFF, firstMs: 100, maxMs: 5_000 };

/** Messages that were stored together. */
export interface TelemetryBatch {
  /** At least one. */
  readonly messages: readonly Telemetry[];
  /**
   * Says that the first `count` messages, or all, have been dealt with. They are acknowledged to the broker now, unless
   * a durable log has done that already.
   */
  done(count?: number): void;
}

/** The log cannot store anything just now. What came is kept, unacknowledged, and the log is tried again. */
export interface LogTrouble {
  readonly error: TesaError;
  /** In how many seconds, at the rate of late, the broker's queue may overflow; infinite when nothing comes. */
  readonly secondsLeft: number;
}

/** What a {@link Committer} works with and whom it tells. */
export interface CommitterOptions {
  readonly log: Log;
  readonly decoder: MessageDecoder;
  readonly clock: Clock;
  readonly random: () => number;
  readonly gaps: GapRecorder;
  readonly keeper: SessionKeeper;
  readonly watch: OverflowWatch;
  /** Aborts when a failing log is not to be waited for any longer. */
  readonly stop: AbortSignal;
  readonly onStored: (stored: number, redelivered: number, rejected: number) => void;
  /** `null`: the log works again. */
  readonly onLogTrouble: (trouble: LogTrouble | null) => void;
}

/** Decodes what came, puts it into the log and acknowledges it: at once if the log is durable, else when it is done. */
export class Committer {
  readonly #options: CommitterOptions;
  /** QoS 1 messages that were received and not yet acknowledged. */
  #unacknowledged = 0;

  constructor(options: CommitterOptions) {
    this.#options = options;
  }

  /** A message was taken in. */
  received(publish: Publish): void {
    this.#options.watch.arrived();
    if (publish.qos === 1) this.#unacknowledged += 1;
  }

  /** The broker has answered a look; everything that came before was taken in. */
  looked(look: Look): void {
    const { clock, watch } = this.#options;
    watch.looked(look, this.#unacknowledged, clock.now());
  }

  /** The connection has ended; gives the gaps that came out of it one by one, then `null`. */
  takeLastGap(): Gap | null {
    const { clock, watch } = this.#options;
    return watch.takeGap(clock.now(), this.#unacknowledged, { isLast: true });
  }

  /** A message that was taken in will never be stored: the broker is going to send it again. */
  forgotten(count: number): void {
    this.#unacknowledged -= count;
  }

  /** @throws TesaError `log` when the log has failed for good, or fails while the stream is to end */
  async store(received: readonly Received[]): Promise<TelemetryBatch> {
    const { clock, decoder, log, onStored, watch } = this.#options;
    watch.received(received.length, clock.now());
    let entries = received.map(({ publish }) => ({
      message: decoder.decode(publish),
      packetId: publish.packetId,
      duplicate: publish.duplicate,
    }));
    let appended: Appended;
    try {
      appended = await log.append(entries);
    } catch (error) {
      appended = await this.#appendAgain(entries, error);
    }
    const { firstSeq, redelivered, rejected = [] } = appended;
    const messages: Telemetry[] = [];
    /** What was settled by storing it, and what is when it has been dealt with. */
    let settled: readonly Received[] = [];
    let fresh = received;
    if (redelivered.length + rejected.length > 0) {
      const settledAt = new Set([...redelivered, ...rejected]);
      settled = received.filter((_, index) => settledAt.has(index));
      fresh = received.filter((_, index) => !settledAt.has(index));
      entries = entries.filter((_, index) => !settledAt.has(index));
    }
    for (const { message } of entries) {
      message.seq = firstSeq + messages.length;
      messages.push(message);
    }
    onStored(messages.length, redelivered.length, rejected.length);
    this.#acknowledge(log.durable ? received : settled);
    const recording = this.#recordOverflow();
    if (recording !== null) await recording;
    return { messages, done: this.#doneWith(fresh) };
  }

  /** Acknowledges what has been dealt with, each once, unless the log has done so. */
  #doneWith(fresh: readonly Received[]): TelemetryBatch["done"] {
    let dealtWith = 0;
    return (count = fresh.length) => {
      if (!this.#options.log.durable) {
        this.#acknowledge(dealtWith === 0 && count >= fresh.length ? fresh : fresh.slice(dealtWith, count));
        // What could not be recorded is given back to the watch, and comes again.
        this.#recordOverflow()?.catch(() => {});
      }
      dealtWith = Math.max(dealtWith, count);
    };
  }

  /** The log has failed to store them: as long as it may work again, it is tried again. */
  async #appendAgain(entries: readonly LogEntry[], failure: unknown): Promise<Appended> {
    const { clock, log, onLogTrouble, random, stop, watch } = this.#options;
    let error = failure;
    for (let failures = 1; ; failures += 1) {
      if (!(error instanceof TesaError && error.code === "log" && error.retryable) || stop.aborted)
        throw error;
      onLogTrouble({ error, secondsLeft: watch.secondsLeft(clock.now()) });
      // An abort ends the wait; one more try then shows whether the log works again.
      await sleep(clock, backoffDelayMs(failures, LOG_BACKOFF, random), stop).catch(() => {});
      try {
        const appended = await log.append(entries);
        onLogTrouble(null);
        return appended;
      } catch (again) {
        error = again;
      }
    }
  }

  /** In the order of receipt; connections that have ended ignore it. */
  #acknowledge(received: readonly Received[]): void {
    const { clock, watch } = this.#options;
    let atQos1 = 0;
    let connection = received[0]?.connection;
    let publishes: Publish[] = [];
    for (const each of received) {
      if (each.connection !== connection) {
        connection?.acknowledge(publishes);
        connection = each.connection;
        publishes = [];
      }
      atQos1 += each.publish.qos;
      publishes.push(each.publish);
    }
    if (atQos1 === 0) return;
    watch.acknowledged(atQos1);
    this.#unacknowledged -= atQos1;
    connection?.acknowledge(publishes);
    if (watch.isLookDue(clock.now())) connection?.look();
  }

  /** `null`: there is nothing to be put on record, as nearly always. */
  #recordOverflow(): Promise<void> | null {
    const { clock, log, watch } = this.#options;
    const now = clock.now();
    const gap = watch.takeGap(now, this.#unacknowledged);
    if (gap !== null) return this.#options.gaps.record(gap);
    const caughtUpAt = log.durable ? watch.takeNote(now) : null;
    return caughtUpAt === null ? null : this.#options.keeper.save({ caughtUpAt });
  }
}
