/** Over how long it is averaged, in milliseconds: bursts show in the first, the usual in the second. */
const SHORT_MS = 1_000;
const LONG_MS = 10_000;
/** What comes within so many milliseconds counts as if it had come at once: each message would pay for the exponents. */
const STEP_MS = 50;

/** How many messages come per second, of late. */
export class MessageRate {
  /** Per second, averaged over each time, at `ratedAt`. */
  #short = 0;
  #long = 0;
  #ratedAt: number | undefined;
  /** What came after that. */
  #since = 0;

  /** So many came, at this epoch millisecond. */
  add(count: number, now: number): void {
    this.#since += count;
    if (this.#ratedAt === undefined || now - this.#ratedAt >= STEP_MS) this.#rate(now);
  }

  /** Messages per second. The moment may lie before the last message: nothing is decayed then, and nothing is kept of it. */
  at(now: number): number {
    return Math.max(this.#averaged(SHORT_MS, this.#short, now), this.#averaged(LONG_MS, this.#long, now));
  }

  #rate(now: number): void {
    this.#short = this.#averaged(SHORT_MS, this.#short, now);
    this.#long = this.#averaged(LONG_MS, this.#long, now);
    this.#ratedAt = now;
    this.#since = 0;
  }

  #averaged(overMs: number, rate: number, now: number): number {
    // A clock that was set back takes nothing away.
    const passedMs = Math.max(0, now - (this.#ratedAt ?? now));
    return rate * Math.exp(-passedMs / overMs) + (this.#since * 1_000) / overMs;
  }
}
