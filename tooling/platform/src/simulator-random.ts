/** Gives the next number of a sequence, from 0 up to but not including 1. */
export type Random = () => number;

/**
 * A sequence of numbers that is the same for the same seed and name, on every machine. Marsaglia's xorshift with the
 * shifts 13, 17, 5 (Journal of Statistical Software 8/14, 2003): made for telemetry that looks alive, not for secrets.
 */
export function createRandom(seed: number, name: string): Random {
  // xorshift stays at 0 for ever, so 0 is replaced.
  let state = fnv1a(`${seed}/${name}`) || 0x9e3779b9;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 0x1_0000_0000;
  };
}

/** The 32-bit FNV-1a hash (RFC 9923). */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/** A value that moves as measured things do: a slow wave with a bounded random walk on top. */
export interface Wave {
  readonly centre: number;
  /** How far the wave goes to either side of the centre. */
  readonly swing: number;
  /** The length of the wave, in values. */
  readonly period: number;
  /** The longest step of the random walk, which itself stays within five of them. */
  readonly step: number;
  readonly decimals: number;
}

/** Starts a wave somewhere on its way; each call gives the next value. */
export function createWave(wave: Wave, random: Random): () => number {
  let position = random() * wave.period;
  let walk = 0;
  return () => {
    position += 1;
    walk = clamp(walk + (random() * 2 - 1) * wave.step, 5 * wave.step);
    const value = wave.centre + wave.swing * Math.sin((2 * Math.PI * position) / wave.period) + walk;
    return Number(value.toFixed(wave.decimals));
  };
}

function clamp(value: number, limit: number): number {
  return Math.min(limit, Math.max(-limit, value));
}
