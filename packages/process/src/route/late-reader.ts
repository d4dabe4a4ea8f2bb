import type { Reader, ReaderCounts, ReaderState } from "@tesa/log";
import { asTesaError } from "../as-tesa-error.ts";

/** How long the start of a stream waits for a reader to open, in milliseconds; then it goes on without. */
const PATIENCE_MS = 3_000;
/** How often the opening of a reader is tried that worked before, in milliseconds. */
const RETRY_MS = 30_000;

/** Options of {@link openLateReader}. */
export interface LateReaderOptions {
  readonly name: string;
  /** @throws TesaError where it would only fail again until somebody mends something */
  readonly open: () => Promise<Reader>;
  /** Whether it worked before: then what is wrong is trouble of the other side, and no reason not to begin. */
  readonly isKnown: boolean;
}

/**
 * Opens a reader, but lets nobody wait for long: one that takes its time, or that worked before and does not now, is
 * opened behind the back of the stream, which goes on to receive.
 *
 * @throws TesaError if it fails at once and has never worked
 */
export async function openLateReader(options: LateReaderOptions): Promise<Reader> {
  const opening = options.open();
  const reader = new LateReader(options, opening);
  const patience = new Promise<"late">((resolve) => {
    setTimeout(resolve, PATIENCE_MS, "late").unref();
  });
  try {
    await Promise.race([opening, patience]);
  } catch (error) {
    if (!options.isKnown) {
      await reader.close();
      throw error;
    }
  }
  return reader;
}

class LateReader implements Reader {
  readonly name: string;
  readonly #open: () => Promise<Reader>;
  readonly #listeners = new Set<(state: ReaderState) => void>();
  #state: ReaderState = { type: "reading", behind: 0 };
  #reader: Reader | undefined;
  #retry: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor({ name, open }: LateReaderOptions, opening: Promise<Reader>) {
    this.name = name;
    this.#open = open;
    void this.#settle(opening);
  }

  get state(): ReaderState {
    return this.#reader?.state ?? this.#state;
  }

  get counts(): ReaderCounts {
    return this.#reader?.counts ?? { delivered: 0, deadLetters: 0, missed: 0 };
  }

  onState(listener: (state: ReaderState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async drain(): Promise<void> {
    if (this.#reader === undefined) await this.close();
    else await this.#reader.drain();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#retry);
    if (this.#reader === undefined) this.#change({ type: "closed" });
    else await this.#reader.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #settle(opening: Promise<Reader>): Promise<void> {
    try {
      const reader = await opening;
      if (this.#isClosed) {
        await reader.close();
        return;
      }
      this.#reader = reader;
      reader.onState((state) => this.#change(state));
      this.#change(reader.state);
    } catch (error) {
      if (this.#isClosed) return;
      this.#change({
        type: "paused",
        behind: 0,
        error: asTesaError(error, "output", `${this.name} could not be opened`),
      });
      this.#retry = setTimeout(() => void this.#settle(this.#open()), RETRY_MS);
    }
  }

  #change(state: ReaderState): void {
    this.#state = state;
    for (const listener of [...this.#listeners]) listener(state);
  }
}
