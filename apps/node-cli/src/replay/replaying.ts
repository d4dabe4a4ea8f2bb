import type { Sink, Telemetry } from "@tesa/core";
import { localDateTime, plural, seconds, type Teller } from "@tesa/process";
import type { Pace } from "./pace.ts";

/** How often progress is told where it cannot be written over, in milliseconds. */
const PROGRESS_INTERVAL_MS = 10_000;
/** So many lines that are no message are told of one by one. */
const SKIPPED_TOLD = 3;

/** Plays messages into a sink and tells how far it is. */
export class Replaying {
  readonly #teller: Teller;
  readonly #startedAt = performance.now();
  #toldAt = performance.now();
  #written = 0;
  #skipped = 0;
  #lastReceivedAt = 0;

  constructor(teller: Teller) {
    this.#teller = teller;
  }

  /** @throws what the sink, the source or the signal throws */
  async play(
    pages: AsyncIterable<readonly Telemetry[]>,
    { sink, pace, signal }: { readonly sink: Sink; readonly pace: Pace; readonly signal: AbortSignal },
  ): Promise<void> {
    for await (const page of pages) {
      for await (const group of pace.group(page, signal)) {
        signal.throwIfAborted();
        await sink.write(group);
        this.#written += group.length;
        this.#lastReceivedAt = group.at(-1)?.receivedAt ?? this.#lastReceivedAt;
        this.#tellProgress();
      }
    }
  }

  /** A line of the file was no message. */
  skipped(lineNumber: number): void {
    this.#skipped += 1;
    if (this.#skipped > SKIPPED_TOLD) return;
    this.#teller.warn(`Line ${lineNumber} is no message as tesa stream writes it; it is left out.`);
  }

  /** Says what it came to. */
  finish(): void {
    this.#teller.passing.stop();
    const skipped = this.#skipped === 0 ? "" : `; ${plural(this.#skipped, "line")} left out`;
    const time = seconds(performance.now() - this.#startedAt);
    this.#teller.note(`${plural(this.#written, "message")} replayed in ${time}${skipped}`);
  }

  #tellProgress(): void {
    const progress = () => `${this.#written} replayed, at ${localDateTime(this.#lastReceivedAt)}`;
    this.#teller.passing.set("replay", progress);
    if (process.stderr.isTTY || performance.now() - this.#toldAt < PROGRESS_INTERVAL_MS) return;
    this.#toldAt = performance.now();
    this.#teller.note(progress());
  }
}
