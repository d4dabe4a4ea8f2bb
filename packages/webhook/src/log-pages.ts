import type { ReadPage, TelemetryLog } from "@tesa/log";

/** A page is not to be much larger; a message may have 10 MB. */
const TARGET_PAGE_BYTES = 2_000_000;
const FIRST_LIMIT = 16;
const MAX_LIMIT = 1_000;
/** What a message costs besides its payload, roughly. */
const MESSAGE_BYTES = 500;
/** So many pages are kept for lanes that are not quite as far. */
const KEPT_PAGES = 3;

/**
 * Reads the log for all lanes: lanes that stand near each other share what was read, since each needs only a part of it.
 * The size of a page follows the size of the messages, to bound the memory.
 */
export class LogPages {
  readonly #log: Pick<TelemetryLog, "read">;
  #limit = FIRST_LIMIT;
  #pages: (ReadPage & { readonly after: number })[] = [];
  #reading: { readonly after: number; readonly page: Promise<ReadPage> } | undefined;

  constructor(log: Pick<TelemetryLog, "read">) {
    this.#log = log;
  }

  /** What follows `after`; empty where that is the end. @throws TesaError `log` */
  async read(after: number): Promise<ReadPage> {
    const kept = this.#pages.find((page) => after >= page.after && after < page.lastSeq);
    if (kept !== undefined) return startingAfter(kept, after);
    if (this.#reading?.after === after) return this.#reading.page;
    const page = this.#readLog(after);
    const reading = { after, page };
    this.#reading = reading;
    try {
      return await page;
    } finally {
      if (this.#reading === reading) this.#reading = undefined;
    }
  }

  async #readLog(after: number): Promise<ReadPage> {
    const page = await this.#log.read({ after, limit: this.#limit });
    const count = page.messages.length;
    if (count > 0) {
      const bytes = page.messages.reduce((sum, { payload }) => sum + payload.length + MESSAGE_BYTES, 0);
      const fitting = Math.floor((TARGET_PAGE_BYTES * count) / bytes);
      this.#limit = Math.max(1, Math.min(fitting, this.#limit * 4, MAX_LIMIT));
      this.#pages = [{ ...page, after }, ...this.#pages].slice(0, KEPT_PAGES);
    }
    return page;
  }
}

function startingAfter(page: ReadPage, after: number): ReadPage {
  return { ...page, messages: page.messages.filter(({ seq }) => seq > after) };
}
