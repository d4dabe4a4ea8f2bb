import { type EncodedMessage, encodeMessage } from "./batch.ts";
import { laneOf } from "./lane-of.ts";
import type { LanePlace } from "./lane-record.ts";
import type { LogPages } from "./log-pages.ts";
import { Worklist } from "./worklist.ts";

/** From where a feed reads, and how large a batch may be. */
export interface FeedContext {
  readonly pages: LogPages;
  readonly batchSize: number;
  readonly maxBatchBytes: number;
  /** The last `seq` that is known to be in the log. */
  lastSeq(): number;
  /** These places of the log were empty already. */
  onMissed(from: number, to: number): void;
}

/** What a batch has around its messages, roughly, in bytes. */
const ENVELOPE_BYTES = 300;
/** However small a receiver wants them, batches are not made smaller than this for it. */
const MIN_BATCH_BYTES = 4_096;

/** Reads the log and keeps what belongs to one lane, up to a full batch. */
export class LaneFeed {
  readonly work: Worklist<EncodedMessage> = new Worklist();
  readonly #context: FeedContext;
  readonly #place: LanePlace;
  readonly #number: { readonly lane: number; readonly lanes: number };
  #maxBatchBytes: number;
  /** Up to which `seq` the log was read. */
  #scanned: number;
  /** Whether the log gave nothing when it was read last, whatever it says of its end. */
  #nothingMore = false;
  /** The last `seq` of the batches that were cut before a restart, until they are cut again. */
  #restoreUpTo: number | undefined;

  constructor(
    context: FeedContext,
    place: LanePlace,
    number: { readonly lane: number; readonly lanes: number },
  ) {
    this.#context = context;
    this.#place = place;
    this.#number = number;
    this.#maxBatchBytes = context.maxBatchBytes;
    this.#scanned = place.position;
    const last = place.pending.at(-1)?.[1];
    if (last !== undefined && last > place.position) this.#restoreUpTo = last;
  }

  /** Everything up to this `seq` has been dealt with. */
  get position(): number {
    const first = this.work.firstSeq;
    return first === undefined ? this.#scanned : first - 1;
  }

  /** Whether the batches that were cut before a restart are still to be read. */
  get isRestoring(): boolean {
    return this.#restoreUpTo !== undefined;
  }

  /** Whether all that is in the log now has been read. */
  get isAtEnd(): boolean {
    return this.#nothingMore || this.#scanned >= this.#context.lastSeq();
  }

  /** Whether no more messages would go into the next batch. */
  get isFull(): boolean {
    const size = this.#fittingSize();
    return size >= this.#context.batchSize || size < this.work.length;
  }

  /** Reads until there is a full batch, or no more; with a batch cut, nothing. @throws TesaError `log` */
  async fill(signal: AbortSignal): Promise<void> {
    this.#nothingMore = false;
    while (!signal.aborted && this.#wantsMore()) await this.#readPage();
    if (signal.aborted || this.#restoreUpTo === undefined) return;
    this.work.restore(this.#place.pending);
    this.#restoreUpTo = undefined;
  }

  /** Cuts the next batch. */
  cut(): void {
    this.work.cut(this.#fittingSize());
  }

  /** The receiver finds so many messages too large together. */
  makeBatchesSmallerThan(messages: readonly EncodedMessage[]): void {
    const bytes = messages.reduce((sum, { json }) => sum + json.length + 1, ENVELOPE_BYTES);
    this.#maxBatchBytes = Math.max(MIN_BATCH_BYTES, Math.min(this.#maxBatchBytes, Math.floor(bytes / 2)));
  }

  async #readPage(): Promise<void> {
    const page = await this.#context.pages.read(this.#scanned);
    this.#nothingMore = page.lastSeq <= this.#scanned;
    if (this.#nothingMore) return;
    const firstThere = page.messages[0]?.seq ?? page.lastSeq + 1;
    if (firstThere > this.#scanned + 1) this.#context.onMissed(this.#scanned + 1, firstThere - 1);
    const { lane, lanes } = this.#number;
    const own = page.messages.filter(({ deviceId }) => laneOf(deviceId, lanes) === lane);
    this.work.add(own.map(encodeMessage));
    this.#scanned = page.lastSeq;
  }

  #wantsMore(): boolean {
    if (this.#nothingMore) return false;
    if (this.#restoreUpTo !== undefined) return this.#scanned < this.#restoreUpTo;
    return this.work.ranges.length === 0 && !this.isAtEnd && !this.isFull;
  }

  /** As many as allowed, within the bytes allowed, but one at the least. */
  #fittingSize(): number {
    let bytes = ENVELOPE_BYTES;
    let size = 0;
    for (const { json } of this.work.peek(this.#context.batchSize)) {
      bytes += json.length + 1;
      if (size > 0 && bytes > this.#maxBatchBytes) break;
      size += 1;
    }
    return size;
  }
}
