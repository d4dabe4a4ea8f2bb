import { TOKEN_PREFIX } from "./token-shape.ts";

/** How much of a value is shown: enough to know it again. */
const MAX_SHOWN = 60;

/**
 * A value for an error message: in quotes, shortened, on one line, without control characters that could act on a
 * terminal. What may be a secret in the wrong place is left out: all that follows a token's prefix, and PEM.
 */
export function quoteValue(text: string): string {
  if (text.includes("-----BEGIN")) return '"-----BEGIN ..."';
  const at = text.toLowerCase().indexOf(TOKEN_PREFIX);
  const shown = at < 0 ? text : `${text.slice(0, at)}${TOKEN_PREFIX}...`;
  const short = shown.length > MAX_SHOWN ? `${shown.slice(0, MAX_SHOWN)}...` : shown;
  return JSON.stringify(short.toWellFormed()).replace(/\p{C}/gu, escapeCharacter);
}

/**
 * A URL for an error message, as {@link quoteValue}. What is before an `@` may be a user and a password, and what
 * follows `?` or `#` a token: neither is shown. Where an `@` is, no part can be trusted to be something else.
 */
export function quoteUrl(text: string): string {
  if (text.includes("@")) return "(not shown, since it has an @)";
  const end = text.search(/[?#]/);
  return quoteValue(end < 0 ? text : `${text.slice(0, end + 1)}...`);
}

function escapeCharacter(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
