import type { Gap, Log } from "./log.ts";
import type { OverflowWatch } from "./overflow-watch.ts";

/** What a {@link GapRecorder} works with. */
export interface GapRecorderOptions {
  readonly log: Log;
  readonly watch: OverflowWatch;
  readonly onGap: (gap: Gap) => void;
}

/** Puts gaps on record. One that the log cannot take is given back to the watch, so that it comes again. */
export class GapRecorder {
  readonly #options: GapRecorderOptions;

  constructor(options: GapRecorderOptions) {
    this.#options = options;
  }

  /** @throws TesaError `log` */
  async record(gap: Gap): Promise<void> {
    const { log, onGap, watch } = this.#options;
    try {
      await log.recordGap(gap);
    } catch (error) {
      watch.putBack(gap);
      throw error;
    }
    onGap(gap);
  }
}
