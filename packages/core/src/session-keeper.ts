import type { Log, SessionRecord } from "./log.ts";

/** Changes the session's record in the log, one change after the other: each is made to what the last one left. */
export class SessionKeeper {
  readonly #log: Log;
  #last: Promise<void> = Promise.resolve();

  constructor(log: Log) {
    this.#log = log;
  }

  /** @throws TesaError `log` */
  async save(change: Partial<SessionRecord>): Promise<void> {
    const saving = this.#last.then(async () =>
      this.#log.saveSession({ ...(await this.#log.session()), ...change }),
    );
    // Whoever waits for this one is told; the next one tries for itself.
    this.#last = saving.catch(() => {});
    await saving;
  }
}
