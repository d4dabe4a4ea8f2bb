/** Milliseconds. */
const BIN_MS = 0.1;

/** How often something took how long, in bins of a tenth of a millisecond. */
export class Latencies {
  readonly #bins = new Map<number, number>();
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** The bins that are not empty. */
  get bins(): readonly (readonly [bin: number, count: number])[] {
    return [...this.#bins];
  }

  /** What is negative, since clocks are not that exact, took no time. */
  add(ms: number): void {
    this.addBin(Math.max(0, Math.round(ms / BIN_MS)), 1);
  }

  addBin(bin: number, count: number): void {
    this.#bins.set(bin, (this.#bins.get(bin) ?? 0) + count);
    this.#count += count;
  }

  /** The time within which the share of them was done, in milliseconds; `share` from 0 to 1. @throws RangeError without any */
  quantile(share: number): number {
    if (this.#count === 0) throw new RangeError("A quantile of nothing was asked for.");
    let left = Math.ceil(share * this.#count);
    for (const [bin, count] of [...this.#bins].sort(([a], [b]) => a - b)) {
      left -= count;
      if (left <= 0) return bin * BIN_MS;
    }
    throw new RangeError(`There is no quantile ${share}.`);
  }
}
