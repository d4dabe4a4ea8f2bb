/** The sides of a chart on which axes of values stand. */
export type Side = "left" | "right";

/** What a chart needs on each side, in CSS pixels. */
type Needs = Partial<Record<Side, number>>;

/**
 * How much room all charts of a page leave beside their plots: as much as the widest axis of any of them needs, so that
 * plots that stand below each other begin and end at the same place, and so do their times.
 */
export class Gutters {
  readonly #needs = new Map<object, Needs>();

  /** Notes what a chart needs on a side, and gives what it is to leave there. */
  fit(chart: object, side: Side, needed: number): number {
    this.#needs.set(chart, { ...this.#needs.get(chart), [side]: needed });
    return this.widthOf(side);
  }

  /** What all leave on a side, in CSS pixels; 0 while there are none. */
  widthOf(side: Side): number {
    return Math.max(0, ...[...this.#needs.values()].map((needs) => needs[side] ?? 0));
  }

  /** Forgets what a chart needed. */
  leave(chart: object): void {
    this.#needs.delete(chart);
  }
}
