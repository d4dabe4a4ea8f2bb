import type { Checks } from "./checks.ts";
import { Committer, type LogTrouble, type TelemetryBatch } from "./committer.ts";
import { PLAIN_DECODER } from "./decode.ts";
import { TesaError } from "./errors.ts";
import { GapRecorder } from "./gap-recorder.ts";
import { Intake, type Received } from "./intake.ts";
import { runLifecycle } from "./lifecycle.ts";
import type { Gap } from "./log.ts";
import { OverflowWatch } from "./overflow-watch.ts";
import { SessionKeeper } from "./session-keeper.ts";
import { createStateMachine, type StreamState } from "./state.ts";
import type { StreamParts } from "./stream-parts.ts";
import type { Telemetry } from "./telemetry.ts";

/** The most payload that may wait for the log, in bytes: a few of the largest messages the platform lets through (10 MB). */
const MAX_WAITING_BYTES = 64 * 1024 * 1024;

/** MQTT 5, 2.4. */
const RECEIVE_MAXIMUM_EXCEEDED = 0x93;

/** What a stream is made of, and whom it tells. */
export interface StreamOptions extends StreamParts {
  /** Whether to wait for a broker that cannot be reached at the first attempt. @default true */
  readonly wait?: boolean;
  readonly onGap?: (gap: Gap) => void;
  /** The log fails, and is tried again; `null` when it works again. Meanwhile nothing is acknowledged. */
  readonly onLogTrouble?: (trouble: LogTrouble | null) => void;
}

/** Counts since the stream was made. */
export interface StreamCounts {
  /** Messages stored. */
  readonly received: number;
  /** Messages that the broker sent again although they were stored: acknowledged, and not handed out again. */
  readonly redelivered: number;
  /** Messages that the log could not store even alone, and keeps aside with their error. */
  readonly rejected: number;
  /** QoS 0 messages for which there was no room. */
  readonly dropped: number;
  readonly reconnects: number;
  readonly gaps: number;
}

/**
 * Live telemetry. Reading it message by message acknowledges each when the next is asked for; `batches()` is faster.
 * Leaving the loop ends the stream. There is one reader: a second one is a mistake and is told so.
 */
export interface TelemetryStream extends AsyncIterable<Telemetry>, AsyncDisposable {
  readonly state: StreamState;
  readonly counts: StreamCounts;
  /**
   * Leaving the loop ends the stream, as `drain()` does.
   *
   * @throws TesaError when the stream ended by itself: a refused token, a taken-over client id
   */
  batches(): AsyncIterableIterator<TelemetryBatch>;
  /** The present state, then each later one. Any number of watchers. */
  status(): AsyncIterableIterator<StreamState>;
  /**
   * To be called when the machine has slept, or its network has changed: a connection may be dead without a sign, and a
   * wait may be for nothing. A live connection is pinged and given up, as `keep-alive-timeout`, if the broker says
   * nothing for 5 s; a wait for the next attempt ends, but not sooner than the first backoff step after it began. In any
   * other state, and while a ping is out, nothing happens.
   */
  check(): void;
  /** Takes in nothing more, waits until the reader has dealt with what is there, says goodbye to the broker. */
  drain(): Promise<void>;
  /** Ends at once. What is not acknowledged comes again in the next session, if one is kept. */
  close(): Promise<void>;
}

/**
 * Opens a stream; it begins to connect at once.
 *
 * @example
 * ```ts
 * const stream = openStream({ config, readToken: () => token, transport, clock, random: Math.random, log });
 * for await (const message of stream) console.log(message.deviceId, message.readings);
 * ```
 */
export function openStream(options: StreamOptions): TelemetryStream {
  return new Stream(options);
}

/** What {@link Stream.consume} shall do. */
export interface Consumption {
  /** How many messages at the most; infinite for all. */
  readonly count: number;
  /** What it has written is acknowledged. */
  readonly sink: { write(messages: readonly Telemetry[]): Promise<void> };
  readonly onWritten: (count: number) => void;
}

/** {@link openStream}'s stream, with what `run()` needs of it besides. */
export class Stream implements TelemetryStream {
  readonly #options: StreamOptions;
  readonly #machine = createStateMachine();
  readonly #checks: Checks = {};
  readonly #stop = new AbortController();
  readonly #kill = new AbortController();
  readonly #intake: Intake;
  /** Where batches come from: for a log that commits them to a disk, commits may wait for each other. */
  readonly #source: Pick<Intake, "take">;
  readonly #gaps: GapRecorder;
  readonly #keeper: SessionKeeper;
  readonly #watch: OverflowWatch;
  readonly #committer: Committer;
  readonly #counts = { received: 0, redelivered: 0, rejected: 0, dropped: 0, live: 0, gaps: 0 };
  readonly #ended: Promise<TesaError | null>;
  /** The reader has gone, or none will come: nothing has to be waited for before leaving. */
  #reader: "none" | "reading" | "gone" = "none";
  #readerGone: (() => void) | undefined;

  /** Why the reader had to give up, if the connection did not. */
  #failure: TesaError | null = null;

  constructor(options: StreamOptions) {
    this.#options = options;
    this.#keeper = new SessionKeeper(options.log);
    this.#watch = new OverflowWatch(options.config.brokerQueue);
    this.#gaps = new GapRecorder({
      log: options.log,
      watch: this.#watch,
      onGap: (gap) => this.#noteGap(gap),
    });
    this.#committer = new Committer({
      log: options.log,
      decoder: options.transport.createDecoder?.() ?? PLAIN_DECODER,
      clock: options.clock,
      random: options.random,
      gaps: this.#gaps,
      keeper: this.#keeper,
      watch: this.#watch,
      stop: this.#stop.signal,
      onStored: (stored, redelivered, rejected) => {
        this.#counts.received += stored;
        this.#counts.redelivered += redelivered;
        this.#counts.rejected += rejected;
      },
      onLogTrouble: (trouble) => options.onLogTrouble?.(trouble),
    });
    this.#intake = new Intake({
      maxMessages: options.config.receiveMaximum,
      maxBytes: MAX_WAITING_BYTES,
    });
    const { log, transport } = options;
    this.#source = (log.durable && transport.createBatches?.(this.#intake, options.clock)) || this.#intake;
    this.#ended = this.#run();
  }

  get state(): StreamState {
    return this.#machine.state;
  }

  get counts(): StreamCounts {
    const { live, ...counts } = this.#counts;
    return { ...counts, reconnects: Math.max(0, live - 1) };
  }

  status(): AsyncIterableIterator<StreamState> {
    return this.#machine.watch();
  }

  check(): void {
    this.#checks.onCheck?.();
  }

  async *[Symbol.asyncIterator](): AsyncIterableIterator<Telemetry> {
    for await (const batch of this.batches()) {
      for (const [index, message] of batch.messages.entries()) {
        yield message;
        batch.done(index + 1);
      }
    }
  }

  batches(): AsyncIterableIterator<TelemetryBatch> {
    this.#beginReading();
    return this.#batches();
  }

  async *#batches(): AsyncIterableIterator<TelemetryBatch> {
    try {
      for (let batch = await this.#next(); batch !== null; batch = await this.#next()) yield batch;
    } finally {
      await this.#endReading();
    }
    await this.#throwReason();
  }

  /** The next batch that is stored; `null` at the end, or when the log has failed. */
  async #next(): Promise<TelemetryBatch | null> {
    for (;;) {
      const received = await this.#source.take();
      if (received.length === 0) return null;
      try {
        const batch = await this.#committer.store(received);
        if (batch.messages.length > 0) return batch;
      } catch (error) {
        this.#fail(error);
        return null;
      }
    }
  }

  /**
   * Reads until so many messages have been written, or the stream ends. As `batches()`, with fewer promises: where
   * each message comes by itself, they are much of what it costs.
   *
   * @throws what `write` throws, and what `batches()` does
   */
  async consume({ count, sink, onWritten }: Consumption): Promise<void> {
    this.#beginReading();
    let left = count;
    try {
      while (left > 0) {
        const batch = await this.#next();
        if (batch === null) break;
        const messages = batch.messages.length > left ? batch.messages.slice(0, left) : batch.messages;
        await sink.write(messages);
        batch.done(messages.length);
        onWritten(messages.length);
        left -= messages.length;
      }
    } finally {
      await this.#endReading();
    }
    await this.#throwReason();
  }

  async drain(): Promise<void> {
    if (!this.#stop.signal.aborted && this.state.type !== "closed") {
      this.#machine.change({ type: "draining" });
      this.#intake.close({ drop: this.#reader !== "reading" });
      this.#stop.abort();
    }
    await this.#ended;
  }

  async close(): Promise<void> {
    this.#intake.close({ drop: true });
    this.#kill.abort();
    this.#stop.abort();
    await this.#ended;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #run(): Promise<TesaError | null> {
    const { config, readToken, transport, clock, random, log, wait = true } = this.#options;
    // The caller gets the stream before its first state, so that nobody misses one.
    await Promise.resolve();
    const ended = await runLifecycle({
      config,
      readToken,
      transport,
      clock,
      random,
      log,
      wait,
      machine: this.#machine,
      checks: this.#checks,
      stop: this.#stop.signal,
      kill: this.#kill.signal,
      drained: () => this.#drained(),
      onPublish: (publish, connection) => this.#take({ publish, connection }),
      onLook: (look) => this.#committer.looked(look),
      onEnd: (connection, sessionKept) => {
        if (sessionKept) this.#committer.forgotten(this.#intake.forget(connection));
      },
      gaps: this.#gaps,
      keeper: this.#keeper,
      watch: this.#watch,
      takeLastGap: () => this.#committer.takeLastGap(),
      onLive: () => {
        this.#counts.live += 1;
      },
    });
    const error = ended ?? this.#failure;
    this.#machine.change({ type: "closed", error });
    this.#intake.close({ drop: false });
    return error;
  }

  #take(received: Received): void {
    if (this.#intake.push(received)) {
      this.#committer.received(received.publish);
      return;
    }
    if (received.publish.qos === 0) {
      this.#counts.dropped += 1;
      return;
    }
    // The broker sent more than the receive maximum allows. It has no PUBACK for it, so nothing is lost by leaving.
    received.connection.destroy(RECEIVE_MAXIMUM_EXCEEDED);
  }

  #beginReading(): void {
    if (this.#reader !== "none") {
      throw new TesaError(
        "usage",
        "A stream has one reader. Open a second stream, or share the messages of this one.",
      );
    }
    this.#reader = "reading";
  }

  #fail(error: unknown): void {
    this.#failure =
      error instanceof TesaError ? error : new TesaError("log", "The log failed.", { cause: error });
  }

  /** Without a reader, or without its log, the stream has nowhere to put anything. */
  async #endReading(): Promise<void> {
    this.#reader = "gone";
    this.#readerGone?.();
    if (this.#failure === null) await this.drain();
    else await this.close();
  }

  async #throwReason(): Promise<void> {
    const error = await this.#ended;
    if (error !== null) throw error;
  }

  #noteGap(gap: Gap): void {
    this.#counts.gaps += 1;
    this.#options.onGap?.(gap);
  }

  #drained(): Promise<void> {
    if (this.#reader !== "reading") return Promise.resolve();
    return new Promise((resolve) => {
      this.#readerGone = resolve;
    });
  }
}
