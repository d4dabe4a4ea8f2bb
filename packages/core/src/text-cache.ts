/** Longer texts are hardly ever sent twice. */
const MAX_BYTES = 128;
/** A power of two; 4,096 texts of 128 bytes are half a megabyte. */
const SLOTS = 4_096;

interface CachedText {
  readonly bytes: Uint8Array;
  readonly text: string;
}

/** An odd constant that spreads a change in any bit over all higher ones; one of MurmurHash3's last step. */
const SPREAD = 0x85ebca6b;

const UTF8: TextDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Makes strings of UTF-8 bytes, and remembers them: devices send the same few topics, names and units over and over, and
 * to compare their bytes costs a fifth of decoding them. A text has two slots, its own and the one beside it: what is new
 * takes its own, and what was there goes beside it. Of 300 topics in turn two are decoded each time; with one slot it was a
 * tenth of them.
 */
export class TextCache {
  readonly #slots: (CachedText | undefined)[] = new Array(SLOTS).fill(undefined);

  /**
   * The text that lies in `bytes` from `start` up to `end`.
   *
   * @throws TypeError if it is not UTF-8
   */
  read(bytes: Uint8Array, start: number, end: number): string {
    const length = end - start;
    if (length > MAX_BYTES || length === 0) return UTF8.decode(bytes.subarray(start, end));
    const slot = slotOf(bytes, start, end);
    const cached = this.#slots[slot];
    if (cached !== undefined && isEqual(cached.bytes, bytes, start, length)) return cached.text;
    const beside = this.#slots[slot ^ 1];
    if (beside !== undefined && isEqual(beside.bytes, bytes, start, length)) return beside.text;
    const copy = bytes.slice(start, end);
    const text = asName(UTF8.decode(copy));
    if (cached !== undefined) this.#slots[slot ^ 1] = cached;
    this.#slots[slot] = { bytes: copy, text };
    return text;
  }
}

/** Over all bytes, four at a time: topics may differ in their middle alone. */
function slotOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = end - start;
  let at = start;
  for (; at + 3 < end; at += 4) {
    const word =
      (bytes[at] ?? 0) |
      ((bytes[at + 1] ?? 0) << 8) |
      ((bytes[at + 2] ?? 0) << 16) |
      ((bytes[at + 3] ?? 0) << 24);
    hash = Math.imul(hash ^ word, SPREAD);
    hash ^= hash >>> 15;
  }
  for (; at < end; at += 1) hash = Math.imul(hash ^ (bytes[at] ?? 0), SPREAD);
  return (hash ^ (hash >>> 13)) & (SLOTS - 1);
}

function isEqual(cached: Uint8Array, bytes: Uint8Array, start: number, length: number): boolean {
  if (cached.length !== length) return false;
  for (let index = 0; index < length; index += 1) {
    if (cached[index] !== bytes[start + index]) return false;
  }
  return true;
}

/** The names of properties are the strings that engines compare, and find in maps, without looking at their content. */
function asName(text: string): string {
  return Object.keys({ [text]: 0 })[0] ?? text;
}
