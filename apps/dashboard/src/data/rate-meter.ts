/** How many whole seconds are kept. */
const SECONDS = 64;

/**
 * Counts events per second, over the last minute, by the time that stands in them: what is replayed counts where it
 * belongs, and does not look like a rush.
 */
export class RateMeter {
  readonly #counts = new Uint32Array(SECONDS);
  /** The newest second that was counted, since the epoch. */
  #newest = 0;
  #first = Number.POSITIVE_INFINITY;

  /**
   * Counts one.
   *
   * @param receivedAt when it came, in epoch milliseconds: a time far before those so far is that of a clock which was put
   *   back, and the count begins anew. @default `time`
   */
  add(time: number, receivedAt: number = time): void {
    if (receivedAt / 1_000 < this.#newest - SECONDS) this.#restart();
    const second = Math.floor(time / 1_000);
    if (second > this.#newest) this.#advance(second);
    else if (second <= this.#newest - SECONDS) return;
    if (second < this.#first) this.#first = second;
    this.#counts[second % SECONDS] = (this.#counts[second % SECONDS] ?? 0) + 1;
  }

  /** Events per second over the last full `seconds`, or over the time since the first one if that is shorter. */
  perSecond(now: number, seconds = 5): number {
    const second = Math.floor(now / 1_000);
    const span = Math.min(seconds, second - this.#first);
    if (!(span >= 1)) return 0;
    let sum = 0;
    for (let back = 1; back <= span; back += 1) sum += this.#countAt(second - back);
    return sum / span;
  }

  /** The counts of the last minute's full seconds, oldest first. */
  history(now: number): number[] {
    const second = Math.floor(now / 1_000);
    return Array.from({ length: 60 }, (_, index) => this.#countAt(second - 60 + index));
  }

  #countAt(second: number): number {
    if (second > this.#newest || second <= this.#newest - SECONDS || second < this.#first) return 0;
    return this.#counts[second % SECONDS] ?? 0;
  }

  #restart(): void {
    this.#counts.fill(0);
    this.#newest = 0;
    this.#first = Number.POSITIVE_INFINITY;
  }

  #advance(second: number): void {
    const steps = Math.min(second - this.#newest, SECONDS);
    for (let step = 0; step < steps; step += 1) this.#counts[(second - step) % SECONDS] = 0;
    this.#newest = second;
  }
}
