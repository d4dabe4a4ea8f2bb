/** A bar that is so many times as high as the usual one is cut off: a single rush would make a flat line of all others. */
const MAX_OVER_USUAL = 4;

/** What a bar of full height stands for, at least 1: the highest count, within reason of those that are not 0. */
export function barScale(counts: readonly number[]): number {
  const some = counts.filter((count) => count > 0).sort((one, other) => one - other);
  const usual = some[some.length >> 1] ?? 0;
  return Math.max(1, Math.min(some.at(-1) ?? 0, usual * MAX_OVER_USUAL));
}
