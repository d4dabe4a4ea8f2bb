/** How fast the least delay seen is forgotten, in milliseconds per message: clocks drift. */
const FORGET_MS = 0.001;

/**
 * How far the page is behind, in milliseconds: how much longer the newest message took than the fastest of late. Two
 * clocks never agree to the millisecond, so a delay by itself says nothing.
 */
export class LagMeter {
  #least = Number.POSITIVE_INFINITY;
  #lag = 0;

  get lagMs(): number {
    return this.#lag;
  }

  note(receivedAt: number, arrivedAt: number): void {
    const delay = arrivedAt - receivedAt;
    this.#least = Math.min(this.#least + FORGET_MS, delay);
    this.#lag = delay - this.#least;
  }
}
