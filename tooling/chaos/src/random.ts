/** Gives the next number of a sequence, from 0 up to but not including 1. */
export type Random = () => number;

/**
 * A sequence that is the same for the same seed and name, so that one part's use of chance does not shift another's.
 * Mulberry32 over a hash of both: good enough to choose moments by, and short.
 */
export function createRandom(seed: number, name: string): Random {
  let state = fnv1a(`${seed}/${name}`);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash;
}

/** One of the items, each as likely as the others. */
export function pick<T>(items: readonly [T, ...T[]], random: Random): T {
  return items[Math.floor(random() * items.length)] ?? items[0];
}
