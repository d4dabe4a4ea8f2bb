/** Over how long it is averaged, in milliseconds: bursts show in the first, the usual in the second. */
const WINDOWS_MS = [1_000, 10_000] as const;

/** How many messages come per second, of late. */
export class MessageRate {
  /** Averaged over each window. */
  readonly #rates: number[] = WINDOWS_MS.map(() => 0);
  #ratedAt: number | undefined;

  /** So many came, at this epoch millisecond. */
  add(count: number, now: number): void {
    for (const [index, windowMs] of WINDOWS_MS.entries()) {
      this.#rates[index] = this.#decayed(index, now) + (count * 1_000) / windowMs;
    }
    this.#ratedAt = now;
  }

  /** Messages per second. */
  at(now: number): number {
    return Math.max(...WINDOWS_MS.map((_, index) => this.#decayed(index, now)));
  }

  #decayed(index: number, now: number): number {
    const rate = this.#rates[index] ?? 0;
    if (this.#ratedAt === undefined) return rate;
    return rate * Math.exp(-Math.max(0, now - this.#ratedAt) / (WINDOWS_MS[index] ?? 1));
  }
}
