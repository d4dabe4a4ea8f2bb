/**
 * Counts the places of the log that retention had emptied before every lane had been there. Several lanes come upon the
 * same places; each place counts once.
 */
export class MissedRanges {
  /** Apart from each other and in order; both ends belong to them. */
  #ranges: (readonly [from: number, to: number])[] = [];

  /** How many places there are. */
  get count(): number {
    return this.#ranges.reduce((sum, [from, to]) => sum + (to - from + 1), 0);
  }

  add(from: number, to: number): void {
    const apart = this.#ranges.filter(([first, last]) => last < from - 1 || first > to + 1);
    const touching = this.#ranges.filter((range) => !apart.includes(range));
    const joined = [
      Math.min(from, ...touching.map(([first]) => first)),
      Math.max(to, ...touching.map(([, last]) => last)),
    ] as const;
    this.#ranges = [...apart, joined].sort(([a], [b]) => a - b);
  }
}
