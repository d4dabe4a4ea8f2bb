/**
 * Everything that a terminal may act on instead of showing it: control characters (C0, DEL, C1), format characters
 * (among them those that reverse the direction of writing), line and paragraph separators, lone surrogates.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** Makes text from elsewhere safe to print on one line: what a terminal may act on becomes `\u{1b}`. */
export function printable(text: string): string {
  return text.replace(UNSAFE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/** Text from elsewhere in quotes, on one line, and shortened to `maxLength` characters. */
export function quote(text: string, maxLength = 80): string {
  const safe = printable(text);
  return `"${safe.length > maxLength ? `${safe.slice(0, maxLength)}...` : safe}"`;
}

/** JSON on one line in which what a terminal may act on is escaped. The value that it stands for stays the same. */
export function printableJson(value: unknown): string {
  return JSON.stringify(value).replace(UNSAFE, (character) =>
    // One escape per UTF-16 code unit, as JSON has it (RFC 8259, 7).
    character
      .split("")
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
      .join(""),
  );
}
