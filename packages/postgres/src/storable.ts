/** What PostgreSQL takes of a value that it cannot hold as it is. */
export interface Storable<T> {
  readonly value: T;
  /** Whether it is another value than the one given. */
  readonly replaced: boolean;
}

/** 4713 BC, the first instant of `timestamptz`, and the first one behind its last year, 294276 (its documentation). */
const FIRST_TIME_MS = -210_866_803_200_000;
const PAST_LAST_TIME_MS = 9_224_318_016_000_000;

/**
 * Longest device id and sensor that are kept whole, in characters. An index entry has at the most 2,704 bytes; past
 * that PostgreSQL would refuse the row as soon as somebody has indexed the column. Real ones have less than a hundred.
 */
export const MAX_NAME_LENGTH = 512;

const REPLACEMENT = "\ufffd";

/** Text without U+0000 and lone surrogates, which become U+FFFD. */
export function storableText(text: string): Storable<string> {
  const replaced = text.includes("\0") || !text.isWellFormed();
  return { value: replaced ? text.replaceAll("\0", REPLACEMENT).toWellFormed() : text, replaced };
}

/** As {@link storableText}, and no longer than {@link MAX_NAME_LENGTH}. */
export function storableName(name: string): Storable<string> {
  const short = name.length > MAX_NAME_LENGTH;
  const { value, replaced } = storableText(short ? name.slice(0, MAX_NAME_LENGTH) : name);
  return { value, replaced: replaced || short };
}

/** A time that `timestamptz` can hold, else `null`. */
export function storableTime(epochMs: number): Storable<number | null> {
  const fits = epochMs >= FIRST_TIME_MS && epochMs < PAST_LAST_TIME_MS;
  return { value: fits ? epochMs : null, replaced: !fits };
}

/** JSON that `jsonb` takes: it refuses U+0000 and lone surrogates even as escapes. What has no JSON is `null` in it. */
export function storableJson(value: unknown): Storable<string> {
  const json = JSON.stringify(value);
  // JSON.stringify() writes escapes of this kind for few characters only; most documents have none.
  if (!json.includes("\\u")) return { value: json, replaced: false };
  let replaced = false;
  const storable = json.replace(/\\(?:u([0-9a-f]{4})|.)/g, (found, code: string | undefined) => {
    if (code === undefined || !(code === "0000" || /^d[89a-f]/.test(code))) return found;
    replaced = true;
    return "\\ufffd";
  });
  return { value: storable, replaced };
}
