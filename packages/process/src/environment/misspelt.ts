import type { Variable } from "./variables.ts";

/** More typing errors than this make another word. */
const MAX_DISTANCE = 2;

/**
 * Names that look like a known variable and are none, with the one that was probably meant. Only names that begin as
 * those of this program do: a `.env` may be for others too.
 */
export function misspelt(
  names: readonly string[],
  variables: readonly Variable<string>[],
): { readonly name: string; readonly meant: string }[] {
  const known = variables.map(({ name }) => name);
  return names.flatMap((name) => {
    if (!/^(MQTT_|TESA_)/.test(name) || known.includes(name)) return [];
    const meant = known.find((candidate) => editDistance(name, candidate) <= MAX_DISTANCE);
    return meant === undefined ? [] : [{ name, meant }];
  });
}

/** How many characters have to be put in, taken out, changed or swapped with the next (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      const at = (line: readonly number[], index: number) => line[index] ?? Number.POSITIVE_INFINITY;
      const isSwap = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = isSwap ? at(beforeLast, j - 2) + 1 : Number.POSITIVE_INFINITY;
      row.push(Math.min(at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + change, swapped));
    }
    [beforeLast, last] = [last, row];
  }
  return last[b.length] ?? Number.POSITIVE_INFINITY;
}
