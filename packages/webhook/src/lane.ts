import { backoffDelayMs, type Clock, DEFAULT_BACKOFF, TesaError } from "@tesa/core";
import type { TelemetryLog } from "@tesa/log";
import { type BatchSource, encodeBatch } from "./batch.ts";
import { Bell } from "./bell.ts";
import { GivenUp } from "./given-up.ts";
import { type FeedContext, LaneFeed } from "./lane-feed.ts";
import type { LanePlace } from "./lane-record.ts";
import { type Outcome, type PostOptions, post } from "./post.ts";
import { Retries } from "./retries.ts";

/** Where a lane stands. */
export type LaneState =
  | { readonly type: "reading" }
  | { readonly type: "caught-up" }
  | { readonly type: "waiting"; readonly until: number; readonly error: TesaError }
  | { readonly type: "paused"; readonly error: TesaError }
  | { readonly type: "closed" };

/** What all lanes of a forwarder share, and whom they tell. */
export interface LaneContext extends FeedContext {
  readonly log: TelemetryLog;
  /** The name under which dead letters are kept. */
  readonly reader: string;
  readonly post: PostOptions;
  readonly clock: Clock;
  readonly random: () => number;
  readonly lingerMs: number;
  readonly schedule: readonly number[];
  readonly maxRefusedInARow: number;
  onChange(): void;
  onDelivered(count: number): void;
  onDeadLetter(): void;
  /** The receiver, which this lane had found down, takes batches again. */
  onRecovered(): void;
}

/** How far a lane without messages may get before it notes its place. */
const NOTE_PLACE_EVERY = 1_000;

/** Sends the messages of its devices, one batch at a time. */
export class Lane {
  readonly #context: LaneContext;
  readonly #source: BatchSource;
  readonly #cursor: LanePlace["cursor"];
  readonly #feed: LaneFeed;
  readonly #retries: Retries;
  readonly #givenUp: GivenUp;
  readonly #bell: Bell;
  readonly #kill = new AbortController();
  #state: LaneState = { type: "reading" };
  #drainTo: number | undefined;
  /** Somebody wants the wait or the pause to end. */
  #woken = false;
  /** What is on record, as it was written there last. */
  #saved = "";
  #savedPosition: number;
  #refusedInARow = 0;
  #logFailures = 0;
  #lastSentAt = Number.NEGATIVE_INFINITY;

  constructor(
    context: LaneContext,
    place: LanePlace,
    number: { readonly lane: number; readonly lanes: number },
  ) {
    this.#context = context;
    this.#source = { logId: context.log.id, epoch: context.log.epoch, ...number };
    this.#cursor = place.cursor;
    this.#savedPosition = place.cursor.position;
    this.#feed = new LaneFeed(context, place, number);
    this.#retries = new Retries(context.schedule, context.random);
    this.#givenUp = new GivenUp(context.log, context.reader, place.pending.at(-1)?.[1] ?? 0);
    this.#bell = new Bell(context.clock);
  }

  get state(): LaneState {
    return this.#state;
  }

  /** Everything up to this `seq` has been dealt with. */
  get position(): number {
    return this.#feed.position;
  }

  /** There is something new in the log. */
  appended(): void {
    if (this.#state.type === "caught-up" || this.#state.type === "reading") this.#bell.ring();
  }

  /** The receiver was heard of: a lane that waits for it tries now. */
  recovered(): void {
    if (this.#retries.isDown && this.#retries.mayEndEarly) this.resume();
  }

  /** Whoever waits or is paused tries now. */
  resume(): void {
    this.#woken = true;
    this.#bell.ring();
  }

  /** Ends when everything up to `seq` is dealt with, or as soon as it would have to wait. */
  drain(seq: number): void {
    this.#drainTo ??= seq;
    this.#bell.ring();
  }

  /** Ends at once. */
  close(): void {
    this.#kill.abort();
    this.#bell.ring();
  }

  /** Gives its place back without having begun. */
  abandon(): void {
    this.#cursor.close();
  }

  /** Works until it is drained or closed. Never rejects. */
  async run(): Promise<void> {
    while (!this.#kill.signal.aborted) {
      try {
        const goesOn = await this.#step();
        this.#logFailures = 0;
        if (!goesOn) break;
      } catch (error) {
        if (this.#kill.signal.aborted || !(await this.#waitForLog(error))) break;
      }
    }
    try {
      await this.#save();
    } catch {
      // The place on record is an earlier one, from which nothing is left out.
    }
    this.#cursor.close();
    this.#enter({ type: "closed" });
  }

  /** Deals with one batch, or waits for one. Gives whether to go on. @throws TesaError `log` */
  async #step(): Promise<boolean> {
    const { work } = this.#feed;
    await this.#feed.fill(this.#kill.signal);
    if (this.#kill.signal.aborted) return false;
    if (work.ranges.length === 0) {
      if (this.#isDrained()) return false;
      if (work.length === 0) return this.#waitForMessages();
      if (await this.#letItGrow()) return true;
      this.#feed.cut();
    }
    await this.#save();
    if (this.#state.type !== "reading") this.#enter({ type: "reading" });
    this.#lastSentAt = this.#context.clock.now();
    const batch = encodeBatch(this.#source, work.current);
    return this.#settle(await post(this.#context.post, batch, this.#kill.signal));
  }

  #isDrained(): boolean {
    if (this.#drainTo === undefined) return false;
    return this.position >= this.#drainTo || (this.#feed.work.length === 0 && this.#feed.isAtEnd);
  }

  async #waitForMessages(): Promise<boolean> {
    if (this.position - this.#savedPosition >= NOTE_PLACE_EVERY) await this.#save();
    if (!this.#feed.isAtEnd) return true;
    this.#enter({ type: "caught-up" });
    if (!this.#mustEnd()) await this.#bell.wait();
    return true;
  }

  /** Lets a batch that is not full grow for a moment, if another was sent just now. Gives whether it did. */
  async #letItGrow(): Promise<boolean> {
    const remainingMs = this.#lastSentAt + this.#context.lingerMs - this.#context.clock.now();
    if (remainingMs <= 0 || this.#feed.isFull || this.#mustEnd()) return false;
    await this.#bell.wait(remainingMs);
    return true;
  }

  async #settle(outcome: Outcome): Promise<boolean> {
    if (outcome.verdict === "down") return this.#waitForReceiver(outcome);
    const wasDown = this.#retries.isDown;
    this.#retries.reset();
    if (outcome.verdict === "paused") return this.#pause(outcome.error);
    if (outcome.verdict === "refused") return this.#narrowDown(outcome.error);
    this.#refusedInARow = 0;
    this.#context.onDelivered(this.#feed.work.current.length);
    this.#feed.work.drop();
    if (wasDown) this.#context.onRecovered();
    this.#context.onChange();
    return true;
  }

  /** Splits the batch, or gives up the message that stands alone. */
  async #narrowDown(error: TesaError): Promise<boolean> {
    const { work } = this.#feed;
    const { current } = work;
    if (current.length > 1) {
      if (error.reasonCode === 413) this.#feed.makeBatchesSmallerThan(current);
      work.split();
      return true;
    }
    if (this.#refusedInARow >= this.#context.maxRefusedInARow) return this.#pause(this.#refusesAll(error));
    this.#refusedInARow += 1;
    await this.#giveUp(error.message);
    return true;
  }

  #refusesAll({ message, reasonCode }: TesaError): TesaError {
    const row = `It has refused ${this.#refusedInARow} messages one after the other and taken none between`;
    const advice = "Check the receiver and the secret, then replay the dead letters";
    return new TesaError(
      "output",
      `${message} ${row}. ${advice}.`,
      reasonCode === undefined ? {} : { reasonCode },
    );
  }

  /** Keeps the batch in front as dead letters. */
  async #giveUp(reason: string): Promise<void> {
    const { log, reader, clock } = this.#context;
    for (const { message } of this.#feed.work.current) {
      if (!(await this.#givenUp.has(message))) {
        await log.addDeadLetter({ reader, at: clock.now(), reason, message });
        this.#context.onDeadLetter();
      }
      this.#feed.work.dropFirst(1);
    }
    this.#context.onChange();
  }

  async #waitForReceiver({ error, retryAfterMs }: Extract<Outcome, { error: TesaError }>): Promise<boolean> {
    const now = this.#context.clock.now();
    const until = this.#retries.failed({ now, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
    if (until !== undefined) return this.#waitUntil(until, error);
    await this.#giveUp(`Given up when the schedule of tries was over: ${error.message}`);
    this.#retries.reset();
    return this.#drainTo === undefined;
  }

  async #waitForLog(error: unknown): Promise<boolean> {
    const { clock, random } = this.#context;
    this.#logFailures += 1;
    const delayMs = backoffDelayMs(this.#logFailures, DEFAULT_BACKOFF, random);
    return this.#waitUntil(clock.now() + delayMs, asLogError(error));
  }

  async #waitUntil(until: number, error: TesaError): Promise<boolean> {
    const { clock } = this.#context;
    this.#woken = false;
    this.#enter({ type: "waiting", until, error });
    while (!this.#woken && !this.#mustEnd() && clock.now() < until)
      await this.#bell.wait(until - clock.now());
    return !this.#mustEnd();
  }

  async #pause(error: TesaError): Promise<boolean> {
    this.#woken = false;
    this.#enter({ type: "paused", error });
    while (!this.#woken && !this.#mustEnd()) await this.#bell.wait();
    this.#refusedInARow = 0;
    return !this.#mustEnd();
  }

  #mustEnd(): boolean {
    return this.#kill.signal.aborted || this.#drainTo !== undefined;
  }

  /** Notes the place and the batches that are cut, unless that is on record already. */
  async #save(): Promise<void> {
    // Until the batches of before are read again, what is on record knows more.
    if (this.#feed.isRestoring) return;
    const { position } = this;
    const pending = this.#feed.work.ranges;
    const next = JSON.stringify([position, pending]);
    if (next === this.#saved) return;
    await this.#cursor.save({ position, state: { version: 1, epoch: this.#source.epoch, pending } });
    this.#saved = next;
    this.#savedPosition = position;
  }

  #enter(state: LaneState): void {
    this.#state = state;
    this.#context.onChange();
  }
}

function asLogError(error: unknown): TesaError {
  if (error instanceof TesaError) return error;
  const message = `The webhook forwarder cannot read the log or save its place in it: ${String(error)}.`;
  return new TesaError("log", message, { retryable: true, cause: error });
}
