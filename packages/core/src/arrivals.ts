/** How finely is remembered what came: a moment for each such part of what is looked back over. */
const PARTS = 512;

/** Remembers when messages came, as far back as so many of them. */
export class Arrivals {
  readonly #size: number;
  /** Each with how many had come by then. The first is the one that {@link since} tells. */
  readonly #moments: { readonly at: number; readonly total: number }[] = [];
  #total = 0;

  /** @param size How many messages to look back over. */
  constructor(size: number) {
    this.#size = size;
  }

  /** So many came, at this epoch millisecond. */
  add(count: number, at: number): void {
    this.#total += count;
    const before = this.#moments.at(-1)?.total ?? 0;
    if (this.#total - before >= this.#size / PARTS) this.#moments.push({ at, total: this.#total });
    while ((this.#moments[1]?.total ?? Number.POSITIVE_INFINITY) <= this.#total - this.#size) {
      this.#moments.shift();
    }
  }

  /** By when all had come but the last so many, or a few more; `undefined` if there were no more than those. */
  since(): number | undefined {
    const [first] = this.#moments;
    return first !== undefined && first.total <= this.#total - this.#size ? first.at : undefined;
  }
}
