import { type BackoffPolicy, backoffDelayMs, type Clock, type Telemetry, TesaError } from "@tesa/core";
import type { Cursor, Reader, ReaderCounts, ReaderState, TelemetryLog } from "@tesa/log";
import type { Connection } from "./connection.ts";
import { encodeRows } from "./encode-rows.ts";
import { Failure, understand } from "./failure.ts";
import type { Batch, TableWriter } from "./table-writer.ts";

/** A connection whose table is ready. */
export interface Session {
  readonly connection: Connection;
  readonly writer: TableWriter;
}

/** What a {@link Mirror} is made of. */
export interface MirrorParts {
  readonly log: TelemetryLog;
  readonly cursor: Cursor;
  /** Of the log, now. */
  readonly lastSeq: number;
  readonly clock: Clock;
  readonly random: () => number;
  readonly backoff: BackoffPolicy;
  readonly batchSize: number;
  /** Where the database is, for messages. */
  readonly place: string;
  /** Its abort cuts the connections. */
  readonly abort: AbortController;
  /** @throws Failure */
  readonly openSession: () => Promise<Session>;
  readonly first: Session | Failure;
}

/** A part of the log, read and encoded. */
interface Page extends Batch {
  /** Up to which `seq` it goes. */
  readonly lastSeq: number;
}

/**
 * How long the cursor may lie behind the table, in milliseconds. To save it costs the log a commit; to send again what
 * lies between costs little, and only after a crash.
 */
const SAVE_INTERVAL_MS = 200;
/** The most payload of one statement, in bytes, unless a single message has more. */
const MAX_BATCH_BYTES = 16 * 1024 * 1024;
/**
 * After so many refused messages with none accepted between them it is the table that is wrong, not the messages: a
 * constraint that nothing meets must not turn the whole log into dead letters.
 */
const MAX_REFUSED_IN_A_ROW = 100;

/** The reader that follows the log and writes what it finds into the table. */
export class Mirror implements Reader {
  readonly name: string;
  readonly #parts: MirrorParts;
  readonly #listeners = new Set<(state: ReaderState) => void>();
  readonly #counts = { delivered: 0, deadLetters: 0, missed: 0 };
  readonly #ended: Promise<void>;
  #state: ReaderState;
  #lastSeq: number;
  /** Up to where everything has been dealt with. */
  #position: number;
  #savedPosition: number;
  #savedAt: number;
  /** Rows of the next statement. */
  #limit: number;
  #failedAttempts = 0;
  #refusedInARow = 0;
  #drainTo: number | undefined;
  #wake: () => void = () => {};

  constructor(parts: MirrorParts) {
    this.#parts = parts;
    this.name = parts.cursor.name;
    this.#position = parts.cursor.position;
    this.#savedPosition = this.#position;
    this.#savedAt = parts.clock.now();
    this.#lastSeq = parts.lastSeq;
    this.#limit = parts.batchSize;
    this.#state = { type: "reading", behind: this.#behind };
    this.#ended = this.#run(parts.first);
  }

  get state(): ReaderState {
    // It grows while the reader waits, which is no change of the state.
    return "behind" in this.#state ? { ...this.#state, behind: this.#behind } : this.#state;
  }

  get counts(): ReaderCounts {
    return { ...this.#counts };
  }

  onState(listener: (state: ReaderState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  drain(): Promise<void> {
    this.#drainTo ??= this.#lastSeq;
    this.#wake();
    return this.#ended;
  }

  close(): Promise<void> {
    this.#parts.abort.abort(new TesaError("usage", "The mirror was closed."));
    this.#wake();
    return this.#ended;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  get #behind(): number {
    return Math.max(0, this.#lastSeq - this.#position);
  }

  get #isClosing(): boolean {
    return this.#parts.abort.signal.aborted;
  }

  get #isDrained(): boolean {
    return this.#drainTo !== undefined && this.#position >= this.#drainTo;
  }

  async #run(first: Session | Failure): Promise<void> {
    const { log, place, openSession } = this.#parts;
    const forget = log.onAppend((lastSeq) => {
      this.#lastSeq = lastSeq;
      if (this.#state.type === "caught-up") this.#change({ type: "reading", behind: this.#behind });
      this.#wake();
    });
    let session = "connection" in first ? first : undefined;
    let failure = "kind" in first ? first : undefined;
    while (!this.#isClosing) {
      try {
        if (failure !== undefined) throw failure;
        session ??= await openSession();
        if ((await this.#follow(session)) === "drained") break;
      } catch (error) {
        failure = undefined;
        if (!(await this.#isWorthAnotherTry(understand(error, place)))) break;
      }
      await session?.connection.end();
      session = undefined;
    }
    forget();
    await session?.connection.end();
    await this.#savePosition().catch(() => {
      // Then the next run sends again what it does not know to be there; the table leaves it out.
    });
    this.#parts.cursor.close();
    this.#change({ type: "closed" });
  }

  /** Works until all that was to be drained is, or the connection was lost with nothing to do. @throws when it fails */
  async #follow({ connection, writer }: Session): Promise<"drained" | "lost"> {
    let next = this.#load(this.#position);
    while (!this.#isDrained) {
      const page = await next;
      if (page === undefined) {
        this.#failedAttempts = 0;
        if (this.#behind === 0 && !this.#isDrained) await this.#idle();
        if (connection.lost || this.#isClosing) return "lost";
        next = this.#load(this.#position);
        continue;
      }
      this.#change({ type: "reading", behind: this.#behind });
      const writing = this.#write(writer, page);
      // Read and encoded while the server is busy with this page.
      next = this.#load(page.lastSeq);
      next.catch(() => {
        // Reported when its turn comes; if it does not come, it is read again.
      });
      await writing;
      if (this.#parts.clock.now() - this.#savedAt >= SAVE_INTERVAL_MS) await this.#savePosition();
    }
    return "drained";
  }

  async #load(after: number): Promise<Page | undefined> {
    const page = await this.#parts.log.read({ after, limit: this.#limit });
    if (page.lastSeq === after) return undefined;
    const messages = withinBytes(page.messages);
    const last = messages.length < page.messages.length ? messages.at(-1) : undefined;
    return { messages, rows: encodeRows(messages), lastSeq: last?.seq ?? page.lastSeq };
  }

  async #write(writer: TableWriter, page: Page): Promise<void> {
    if (page.messages.length > 0) {
      await writer.write(page, {
        onStored: async (messages) => this.#stored(messages),
        onRefused: (message, error) => this.#refused(message, error),
      });
    }
    this.#advance(page.lastSeq, 0);
    this.#failedAttempts = 0;
    this.#limit = Math.min(this.#parts.batchSize, 2 * this.#limit);
  }

  #stored(messages: readonly Telemetry[]): void {
    this.#counts.delivered += messages.length;
    this.#refusedInARow = 0;
    this.#advance(messages.at(-1)?.seq ?? this.#position, messages.length);
  }

  async #refused(message: Telemetry, error: TesaError): Promise<void> {
    this.#refusedInARow += 1;
    if (this.#refusedInARow > MAX_REFUSED_IN_A_ROW) {
      const text = `No message was accepted for the last ${MAX_REFUSED_IN_A_ROW}: the table takes none. ${error.message}`;
      throw new Failure("lasting", new TesaError("config", text));
    }
    const { log, clock } = this.#parts;
    await log.addDeadLetter({ reader: this.name, at: clock.now(), reason: error.message, message });
    this.#counts.deadLetters += 1;
    this.#advance(message.seq, 1);
  }

  /** Goes on to `seq`, past so many messages; what else lay between had been removed from the log. */
  #advance(seq: number, messages: number): void {
    this.#counts.missed += seq - this.#position - messages;
    this.#position = seq;
  }

  /** Waits for the log to grow; meanwhile the cursor catches up with the table. */
  async #idle(): Promise<void> {
    this.#change({ type: "caught-up" });
    const isSaved = this.#savedPosition === this.#position;
    await this.#sleep(isSaved ? undefined : SAVE_INTERVAL_MS);
    if (!isSaved && this.#behind === 0) await this.#savePosition();
  }

  async #savePosition(): Promise<void> {
    if (this.#savedPosition === this.#position) return;
    const position = this.#position;
    await this.#parts.cursor.save({ position });
    this.#savedPosition = position;
    this.#savedAt = this.#parts.clock.now();
  }

  /** Announces the failure and waits as it demands. `false` when this is the end. */
  async #isWorthAnotherTry({ kind, error }: Failure): Promise<boolean> {
    if (this.#isClosing) return false;
    const { clock, random, backoff } = this.#parts;
    this.#failedAttempts += 1;
    if (kind === "too-much") this.#limit = Math.max(1, Math.floor(this.#limit / 2));
    const isLasting = kind === "lasting";
    const delayMs = backoffDelayMs(
      isLasting ? Number.POSITIVE_INFINITY : this.#failedAttempts,
      backoff,
      random,
    );
    const behind = this.#behind;
    if (isLasting) this.#change({ type: "paused", behind, error });
    else this.#change({ type: "waiting", behind, until: clock.now() + delayMs, error });
    const until = clock.now() + delayMs;
    while (!this.#isClosing && this.#drainTo === undefined && clock.now() < until) {
      await this.#sleep(until - clock.now());
    }
    if (this.#isClosing || this.#drainTo !== undefined) return false;
    this.#change({ type: "reading", behind: this.#behind });
    return true;
  }

  /** Until something happens: the log grows, the reader is to end, or the time is over. */
  async #sleep(delayMs: number | undefined): Promise<void> {
    if (this.#isClosing || this.#drainTo !== undefined) return;
    let cancel = () => {};
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      if (delayMs !== undefined) cancel = this.#parts.clock.setTimer(delayMs, resolve);
    });
    cancel();
  }

  #change(state: ReaderState): void {
    const isSame = state.type === "caught-up" && this.#state.type === "caught-up";
    this.#state = state;
    if (isSame) return;
    for (const listener of [...this.#listeners]) listener(state);
  }
}

/** As many of the messages as go into one statement. */
function withinBytes(messages: readonly Telemetry[]): readonly Telemetry[] {
  let bytes = 0;
  const end = messages.findIndex((message, index) => {
    bytes += message.payload.length;
    return index > 0 && bytes > MAX_BATCH_BYTES;
  });
  return end < 0 ? messages : messages.slice(0, end);
}
