/** Bytes of JSON (RFC 8259) in its plainest form. Positions are indices into the bytes; those after the end read as 0. */

export const QUOTE = 0x22;
export const COMMA = 0x2c;
export const MINUS = 0x2d;
export const POINT = 0x2e;
export const ZERO = 0x30;
export const NINE = 0x39;
export const COLON = 0x3a;
export const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
export const OPEN_BRACE = 0x7b;
export const CLOSE_BRACE = 0x7d;

/** How deep values may lie in each other. */
const MAX_DEPTH = 16;

/** What each byte is in a text. A quote ends it; escapes and control characters are not plain. */
const ASCII = 0;
const STOP = 1;
const BEYOND_ASCII = 2;
const TEXT_BYTES: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte === QUOTE || byte === BACKSLASH || byte < 0x20) return STOP;
  return byte < 0x80 ? ASCII : BEYOND_ASCII;
});

/** Thrown for all that is not plain, or no JSON at all: `JSON.parse` has to judge. */
export const NOT_PLAIN: Error = new Error("not plain");

const UTF8: TextDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Where the next byte is that is no space. */
export function skipSpace(bytes: Uint8Array, from: number): number {
  let at = from;
  while (isSpace(bytes[at] ?? 0)) at += 1;
  return at;
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/**
 * Where the quote is that ends the text. What lies before it may not be UTF-8.
 *
 * @param from Behind the quote that begins it.
 */
export function endOfText(bytes: Uint8Array, from: number): number {
  let at = from;
  while (TEXT_BYTES[bytes[at] ?? 0] !== STOP) at += 1;
  if (bytes[at] !== QUOTE) throw NOT_PLAIN;
  return at;
}

/**
 * Goes over a value that only has to be valid, and gives where it ends. Without recursion, since nearly half of what a
 * device sends is skipped.
 */
export function skipValue(bytes: Uint8Array, from: number): number {
  let at = from;
  let depth = 0;
  /** One bit for each level, the innermost lowest: whether it is an object. */
  let objects = 0;
  for (;;) {
    const first = bytes[at] ?? 0;
    const isObject = first === OPEN_BRACE;
    if (isObject || first === OPEN_BRACKET) {
      if (depth === MAX_DEPTH) throw NOT_PLAIN;
      at = skipSpace(bytes, at + 1);
      const isEmpty = bytes[at] === (isObject ? CLOSE_BRACE : CLOSE_BRACKET);
      if (isEmpty) at += 1;
      else {
        depth += 1;
        objects = (objects << 1) | (isObject ? 1 : 0);
        if (isObject) at = skipName(bytes, at);
        continue;
      }
    } else at = skipScalar(bytes, at, first);
    // Behind a value: the ends of all that ends here, then the next one.
    for (;;) {
      if (depth === 0) return at;
      at = skipSpace(bytes, at);
      const next = bytes[at] ?? 0;
      at += 1;
      const isInObject = (objects & 1) === 1;
      if (next === COMMA) {
        at = skipSpace(bytes, at);
        if (isInObject) at = skipName(bytes, at);
        break;
      }
      if (next !== (isInObject ? CLOSE_BRACE : CLOSE_BRACKET)) throw NOT_PLAIN;
      depth -= 1;
      objects >>= 1;
    }
  }
}

/** Goes over a name, its colon and the spaces around that. */
function skipName(bytes: Uint8Array, from: number): number {
  if (bytes[from] !== QUOTE) throw NOT_PLAIN;
  const at = skipSpace(bytes, skipText(bytes, from + 1));
  if (bytes[at] !== COLON) throw NOT_PLAIN;
  return skipSpace(bytes, at + 1);
}

function skipScalar(bytes: Uint8Array, at: number, first: number): number {
  switch (first) {
    case QUOTE:
      return skipText(bytes, at + 1);
    case 0x74:
      return skipWord(bytes, at, "true");
    case 0x66:
      return skipWord(bytes, at, "false");
    case 0x6e:
      return skipWord(bytes, at, "null");
    default:
      return skipNumber(bytes, at);
  }
}

/** Goes over a text, from behind its first quote to behind its last. */
function skipText(bytes: Uint8Array, from: number): number {
  let at = from;
  while (TEXT_BYTES[bytes[at] ?? 0] === ASCII) at += 1;
  if (bytes[at] === QUOTE) return at + 1;
  const end = endOfText(bytes, at);
  // Only to see whether it is UTF-8.
  UTF8.decode(bytes.subarray(from, end));
  return end + 1;
}

/** Goes over `true`, `false` or `null`. */
export function skipWord(bytes: Uint8Array, from: number, word: string): number {
  for (let index = 0; index < word.length; index += 1) {
    if (bytes[from + index] !== word.charCodeAt(index)) throw NOT_PLAIN;
  }
  return from + word.length;
}

/** RFC 8259, section 6, without an exponent. */
function skipNumber(bytes: Uint8Array, from: number): number {
  const start = bytes[from] === MINUS ? from + 1 : from;
  let end = skipDigits(bytes, start);
  if (end === start || (end > start + 1 && bytes[start] === ZERO)) throw NOT_PLAIN;
  if (bytes[end] === POINT) {
    const decimals = end + 1;
    end = skipDigits(bytes, decimals);
    if (end === decimals) throw NOT_PLAIN;
  }
  // e and E: an exponent.
  if (bytes[end] === 0x65 || bytes[end] === 0x45) throw NOT_PLAIN;
  return end;
}

function skipDigits(bytes: Uint8Array, from: number): number {
  let at = from;
  for (;;) {
    const byte = bytes[at] ?? 0;
    if (byte < ZERO || byte > NINE) return at;
    at += 1;
  }
}
