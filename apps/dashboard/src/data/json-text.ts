/**
 * Parts of a JSON text as they are written there: JavaScript would write numbers anew, and others where they have more
 * digits than it keeps. The text has to be JSON; of another, the parts are of no use.
 */

/** A part of a text, from its first character to behind its last. */
interface Span {
  readonly from: number;
  readonly to: number;
}

/** The text of a member's value; `null` where the text is no object, or has no such member. */
export function memberText(json: string, name: string): string | null {
  for (const { key, value } of partsOf(json, "{")) {
    if (key !== null && JSON.parse(json.slice(key.from, key.to)) === name)
      return json.slice(value.from, value.to);
  }
  return null;
}

/** The texts of an array's elements; none where the text is no array. */
export function elementTexts(json: string): readonly string[] {
  return [...partsOf(json, "[")].map(({ value }) => json.slice(value.from, value.to));
}

function* partsOf(
  json: string,
  opening: "{" | "[",
): Generator<{ readonly key: Span | null; readonly value: Span }> {
  let at = skipSpace(json, 0);
  if (json[at] !== opening) return;
  at = skipSpace(json, at + 1);
  while (at < json.length && json[at] !== "}" && json[at] !== "]") {
    let key: Span | null = null;
    if (opening === "{") {
      key = { from: at, to: endOfValue(json, at) };
      // Behind the colon.
      at = skipSpace(json, skipSpace(json, key.to) + 1);
    }
    const value = { from: at, to: endOfValue(json, at) };
    yield { key, value };
    at = skipSpace(json, value.to);
    if (json[at] === ",") at = skipSpace(json, at + 1);
    // Not even a character long: it is no JSON.
    else if (value.to === value.from) return;
  }
}

function skipSpace(json: string, from: number): number {
  let at = from;
  while (at < json.length && json.charCodeAt(at) <= 0x20) at += 1;
  return at;
}

/** Behind the value that begins at a place. */
function endOfValue(json: string, from: number): number {
  let depth = 0;
  for (let at = from; at < json.length; at += 1) {
    const character = json[at];
    if (character === '"') at = endOfString(json, at);
    else if (character === "{" || character === "[") depth += 1;
    else if (character === "}" || character === "]") {
      // What ends a number or a word may end what is around it.
      if (depth === 0) return at;
      depth -= 1;
    } else if (depth > 0 || !(character === "," || character === ":" || json.charCodeAt(at) <= 0x20))
      continue;
    else return at;
    if (depth === 0) return at + 1;
  }
  return json.length;
}

/** Where the quote is that ends a text which begins at `start`. */
export function endOfString(json: string, start: number): number {
  let index = start + 1;
  while (index < json.length && json[index] !== '"') index += json[index] === "\\" ? 2 : 1;
  return index;
}
