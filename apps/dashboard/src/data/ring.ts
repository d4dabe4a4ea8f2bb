/** The newest so many things, in the order in which they came. */
export class Ring<T> {
  readonly #max: number;
  readonly #items: T[] = [];
  #start = 0;
  #pushed = 0;

  constructor(max: number) {
    this.#max = max;
  }

  get length(): number {
    return this.#items.length;
  }

  /** How many have ever come: the place of the next one. */
  get pushed(): number {
    return this.#pushed;
  }

  at(index: number): T | undefined {
    return index < 0 ? undefined : this.#items[(this.#start + index) % this.#items.length];
  }

  push(item: T): void {
    this.#pushed += 1;
    if (this.#items.length < this.#max) {
      this.#items.push(item);
      return;
    }
    this.#items[this.#start] = item;
    this.#start = (this.#start + 1) % this.#max;
  }

  toArray(): T[] {
    return [...this.#items.slice(this.#start), ...this.#items.slice(0, this.#start)];
  }
}
