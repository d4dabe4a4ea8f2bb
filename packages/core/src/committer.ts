import { type BackoffPolicy, backoffDelayMs, DEFAULT_BACKOFF } from "./backoff.ts";
import { type Clock, sleep } from "./clock.ts";
import { decode } from "./decode.ts";
import { TesaError } from "./errors.ts";
import type { Received } from "./intake.ts";
import type { Appended, Gap, Log, LogEntry } from "./log.ts";
import type { OverflowWatch } from "./overflow-watch.ts";
import type { Telemetry } from "./telemetry.ts";
import type { Publish } from "./transport.ts";

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
  readonly clock: Clock;
  readonly random: () => number;
  readonly watch: OverflowWatch;
  /** Aborts when a failing log is not to be waited for any longer. */
  readonly stop: AbortSignal;
  readonly onStored: (counts: {
    readonly stored: number;
    readonly redelivered: number;
    readonly rejected: number;
  }) => void;
  readonly onGap: (gap: Gap) => void;
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
    if (publish.qos === 1) this.#unacknowledged += 1;
  }

  /** A message that was taken in will never be stored: the broker is going to send it again. */
  forgotten(count: number): void {
    this.#unacknowledged -= count;
  }

  /** @throws TesaError `log` when the log has failed for good, or fails while the stream is to end */
  async store(received: readonly Received[]): Promise<TelemetryBatch> {
    const { clock, log, onStored, watch } = this.#options;
    const since = clock.now();
    watch.received(received.length, since);
    const entries = received.map(({ publish }) => ({
      message: decode(publish),
      packetId: publish.packetId,
      duplicate: publish.duplicate,
    }));
    const { firstSeq, redelivered, rejected = [] } = await this.#append(entries);
    const settled = new Set([...redelivered, ...rejected]);
    const isNew = (_: unknown, index: number) => !settled.has(index);
    const fresh = received.filter(isNew);
    const messages = entries
      .filter(isNew)
      .map(({ message }, index): Telemetry => ({ ...message, seq: firstSeq + index }));
    onStored({ stored: messages.length, redelivered: redelivered.length, rejected: rejected.length });
    await this.#acknowledge(
      log.durable ? received : received.filter((_, index) => settled.has(index)),
      since,
    );
    let dealtWith = 0;
    return {
      messages,
      done: (count = messages.length) => {
        if (!log.durable) void this.#acknowledge(fresh.slice(dealtWith, count), since);
        dealtWith = Math.max(dealtWith, count);
      },
    };
  }

  async #append(entries: readonly LogEntry[]): Promise<Appended> {
    const { clock, log, onLogTrouble, random, stop, watch } = this.#options;
    for (let failures = 0; ; ) {
      try {
        const appended = await log.append(entries);
        if (failures > 0) onLogTrouble(null);
        return appended;
      } catch (error) {
        const canWait = error instanceof TesaError && error.code === "log" && error.retryable;
        if (!canWait || stop.aborted) throw error;
        failures += 1;
        onLogTrouble({ error, secondsLeft: watch.secondsLeft(clock.now()) });
        // An abort ends the wait; one more try then shows whether the log works again.
        await sleep(clock, backoffDelayMs(failures, LOG_BACKOFF, random), stop).catch(() => {});
      }
    }
  }

  /** In the order of receipt; connections that have ended ignore it. */
  async #acknowledge(received: readonly Received[], since: number): Promise<void> {
    const { clock, log, onGap, watch } = this.#options;
    const atQos1 = received.filter(({ publish }) => publish.qos === 1);
    if (atQos1.length === 0) return;
    const gap = watch.acknowledging(atQos1.length, this.#unacknowledged, since, clock.now());
    this.#unacknowledged -= atQos1.length;
    const byConnection = Map.groupBy(atQos1, ({ connection }) => connection);
    for (const [connection, group] of byConnection) {
      connection.acknowledge(group.map(({ publish }) => publish));
    }
    if (gap === null) return;
    onGap(gap);
    await log.recordGap(gap);
  }
}
