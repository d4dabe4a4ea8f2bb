import type { TesaError } from "@tesa/core";
import type { Reader, ReaderCounts, ReaderState } from "@tesa/log";
import { Lane, type LaneContext } from "./lane.ts";
import { type LanePlace, openPlaces } from "./lane-record.ts";
import { LogPages } from "./log-pages.ts";
import { MissedRanges } from "./missed-ranges.ts";
import { type CheckedForwarder, checkForwarder, type WebhookForwarderOptions } from "./options.ts";
import { createSigner } from "./sign.ts";

/** A reader of the log that sends every message to a webhook. */
export interface WebhookForwarder extends Reader {
  /** What waits or is paused tries now: for whoever has mended the cause. */
  resume(): void;
}

/**
 * Opens a reader that sends what is in the log to a webhook, in batches, signed, in order per device, each message at
 * least once; what was sent twice has the same `webhook-id`. It begins at once and goes on until it is closed.
 *
 * `behind` is an estimate: each lane knows how many messages lie behind its place, not how many of them are its own.
 *
 * @example
 * ```ts
 * const forwarder = await openWebhookForwarder({ url, secret, log, clock: systemClock, random: Math.random });
 * forwarder.onState((state) => console.error(state.type));
 * await forwarder.drain();
 * ```
 * @throws TesaError `config`, every problem of the options at once; `log` if the log cannot be read
 */
export async function openWebhookForwarder(options: WebhookForwarderOptions): Promise<WebhookForwarder> {
  const checked = checkForwarder(options);
  const signer = await createSigner(options.secret);
  const places = await openPlaces(options.log, checked.reader, checked.lanes);
  const forwarder = new Forwarder({ options, checked, signer, places });
  await forwarder.start();
  return forwarder;
}

interface Parts {
  readonly options: WebhookForwarderOptions;
  readonly checked: CheckedForwarder;
  readonly signer: Awaited<ReturnType<typeof createSigner>>;
  readonly places: readonly LanePlace[];
}

class Forwarder implements WebhookForwarder {
  readonly name: string;
  readonly #options: WebhookForwarderOptions;
  readonly #lanes: readonly Lane[];
  readonly #listeners = new Set<(state: ReaderState) => void>();
  readonly #missed = new MissedRanges();
  readonly #stopListening: () => void;
  #ended: Promise<void> = Promise.resolve();
  #lastSeq = 0;
  #delivered = 0;
  #deadLetters = 0;
  #announced: ReaderState;

  constructor({ options, checked, signer, places }: Parts) {
    this.name = checked.reader;
    this.#options = options;
    const { clock, log } = options;
    const { lanes, target, fetch, timeoutMs, ...limits } = checked;
    const context: LaneContext = {
      ...limits,
      log,
      clock,
      random: options.random,
      pages: new LogPages(log),
      post: { target, signer, fetch, clock, timeoutMs },
      lastSeq: () => this.#lastSeq,
      onChange: () => this.#announce(),
      onDelivered: (count) => {
        this.#delivered += count;
      },
      onDeadLetter: () => {
        this.#deadLetters += 1;
      },
      onMissed: (from, to) => this.#noteMissed(from, to),
      onRecovered: () => {
        for (const lane of this.#lanes) lane.recovered();
      },
    };
    this.#lanes = places.map((place, lane) => new Lane(context, place, { lane, lanes }));
    this.#announced = this.state;
    // Before the log is asked for its end, so that nothing that is appended meanwhile is overlooked.
    this.#stopListening = log.onAppend((seq) => this.#grow(seq));
  }

  /** Sets the lanes going. @throws TesaError `log` */
  async start(): Promise<void> {
    try {
      this.#grow((await this.#options.log.bounds()).lastSeq);
    } catch (error) {
      this.#stopListening();
      for (const lane of this.#lanes) lane.abandon();
      throw error;
    }
    this.#ended = Promise.all(this.#lanes.map((lane) => lane.run())).then(() => this.#stopListening());
  }

  get state(): ReaderState {
    return overallState(this.#lanes, this.#lastSeq);
  }

  get counts(): ReaderCounts {
    return { delivered: this.#delivered, deadLetters: this.#deadLetters, missed: this.#missed.count };
  }

  onState(listener: (state: ReaderState) => void): () => void {
    // A function of its own, so that the same listener given twice is called twice and ended one at a time.
    const own = (state: ReaderState) => listener(state);
    this.#listeners.add(own);
    return () => {
      this.#listeners.delete(own);
    };
  }

  resume(): void {
    for (const lane of this.#lanes) lane.resume();
  }

  async drain(): Promise<void> {
    const target = this.#lastSeq;
    for (const lane of this.#lanes) lane.drain(target);
    await this.#ended;
  }

  async close(): Promise<void> {
    this.#stopListening();
    for (const lane of this.#lanes) lane.close();
    await this.#ended;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #grow(lastSeq: number): void {
    this.#lastSeq = Math.max(this.#lastSeq, lastSeq);
    for (const lane of this.#lanes) lane.appended();
  }

  #noteMissed(from: number, to: number): void {
    const before = this.#missed.count;
    this.#missed.add(from, to);
    if (this.#missed.count > before) this.#options.onMissed?.({ from, to });
  }

  #announce(): void {
    const { state } = this;
    if (JSON.stringify(withoutError(state)) === JSON.stringify(withoutError(this.#announced))) return;
    this.#announced = state;
    for (const listener of [...this.#listeners]) listener(state);
  }
}

/** One state for all lanes: the one that somebody has to know of first. */
function overallState(lanes: readonly Lane[], lastSeq: number): ReaderState {
  const states = lanes.map((lane) => lane.state);
  if (states.every(({ type }) => type === "closed")) return { type: "closed" };
  const behind = estimateBehind(lanes, lastSeq);
  const paused = states.find((state) => state.type === "paused");
  if (paused !== undefined) return { type: "paused", behind, error: paused.error };
  const waiting = states.filter((state) => state.type === "waiting").sort((a, b) => a.until - b.until)[0];
  if (waiting !== undefined) return { type: "waiting", behind, until: waiting.until, error: waiting.error };
  const isCaughtUp = behind === 0 && states.every(({ type }) => type === "caught-up" || type === "closed");
  return isCaughtUp ? { type: "caught-up" } : { type: "reading", behind };
}

/** As if each lane had the same share of the messages behind its place. */
function estimateBehind(lanes: readonly Lane[], lastSeq: number): number {
  const places = lanes.reduce((sum, lane) => sum + Math.max(0, lastSeq - lane.position), 0);
  return Math.ceil(places / lanes.length);
}

function withoutError(state: ReaderState): object {
  return "error" in state ? { ...state, error: messageOf(state.error) } : state;
}

function messageOf({ message }: TesaError): string {
  return message;
}
