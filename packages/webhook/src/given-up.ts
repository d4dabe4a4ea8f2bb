import type { Telemetry } from "@tesa/core";
import type { TelemetryLog } from "@tesa/log";

const PAGE = 1_000;

/**
 * Knows which messages were given up just before a crash, after which the same batch is refused again: none becomes a
 * dead letter twice.
 */
export class GivenUp {
  readonly #log: Pick<TelemetryLog, "deadLetters">;
  readonly #reader: string;
  readonly #upTo: number;
  #known: Promise<ReadonlySet<string>> | undefined;

  /** @param upTo The last `seq` that was under way before the crash: only up to there it can have happened. */
  constructor(log: Pick<TelemetryLog, "deadLetters">, reader: string, upTo: number) {
    this.#log = log;
    this.#reader = reader;
    this.#upTo = upTo;
  }

  /** @throws TesaError `log` */
  async has(message: Telemetry): Promise<boolean> {
    if (message.seq > this.#upTo) return false;
    this.#known ??= this.#read();
    try {
      return (await this.#known).has(identity(message));
    } catch (error) {
      this.#known = undefined;
      throw error;
    }
  }

  async #read(): Promise<ReadonlySet<string>> {
    const known = new Set<string>();
    for (let after = 0; ; ) {
      const letters = await this.#log.deadLetters({ reader: this.#reader, after, limit: PAGE });
      for (const { id, message } of letters) {
        known.add(identity(message));
        after = Math.max(after, id);
      }
      if (letters.length < PAGE) return known;
    }
  }
}

/** The number alone means something else in another epoch. */
function identity({ seq, receivedAt, topic }: Telemetry): string {
  return `${seq} ${receivedAt} ${topic}`;
}
