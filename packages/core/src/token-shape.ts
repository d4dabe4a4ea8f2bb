import { MAX_STRING_BYTES, utf8Length } from "./mqtt-string.ts";

/** How every token begins. */
export const TOKEN_PREFIX = "tesa_mqtt_";

/** The two parts of a token after {@link TOKEN_PREFIX}. */
export interface TokenParts {
  readonly organisation: string;
  readonly random: string;
}

/** How many random characters the platform documents. Published samples have 28, so another number is no error. */
export const RANDOM_LENGTH = 32;
/** How much of a token of another length is hidden at least: 16 random characters cannot be guessed. */
const MIN_HIDDEN = 16;

/**
 * Takes a token apart. Both an organisation and random characters may hold underscores, so the underscore between them
 * is the one that exactly 32 characters follow; without one, the last that at least 16 characters follow, and else the
 * first: when in doubt, more of the token is taken for secret and not less.
 *
 * @param token A text that begins with {@link TOKEN_PREFIX}.
 */
export function splitToken(token: string): TokenParts {
  const rest = token.slice(TOKEN_PREFIX.length);
  const at = organisationEnd(rest);
  return { organisation: rest.slice(0, Math.max(at, 0)), random: rest.slice(at + 1) };
}

function organisationEnd(rest: string): number {
  const usual = rest.length - RANDOM_LENGTH - 1;
  if (rest.charAt(usual) === "_") return usual;
  const hiding = rest.length - MIN_HIDDEN - 1;
  const last = hiding < 0 ? -1 : rest.lastIndexOf("_", hiding);
  return last >= 0 ? last : rest.indexOf("_");
}

/** What a text that was put around a token may bring along; straight, typographic and backward quotes. */
const QUOTES = /["'`\u2018-\u201f\u00ab\u00bb\u2039\u203a]/u;
const WHITESPACE = /\s/u;
/** Control characters, and such without width, which copying from a page or a chat may insert. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}]/u;

/**
 * What is wrong with a text as an API token; empty if nothing is known to be. The problems complete a sentence that
 * begins with the token's name, say what to do, and never show the text.
 *
 * Only what no real token can be is a problem: a real one is `tesa_mqtt_<organisation>_<random characters>`. How many
 * random characters there are does not matter.
 *
 * @example
 * ```ts
 * findTokenProblems("acme"); // ["does not begin with tesa_mqtt_: ..."]
 * ```
 */
export function findTokenProblems(text: string): string[] {
  const bare = withoutWrapping(text);
  if (bare === "") return ["is empty: copy the whole token, from tesa_mqtt_ to its end"];
  if (isShortened(bare)) {
    return ["is shortened for display: copy the whole token; if nobody has it any more, make a new one"];
  }
  if (isPlaceholder(bare)) {
    return [
      "is a placeholder: replace it by a token from the Admin UI (Organization Settings > MQTT API Tokens)",
    ];
  }
  return [...findStrayCharacters(text), ...findShapeProblems(bare)];
}

/**
 * Whether a text has in it what may well be a token, so that it must not stand where it would be shown. Names that only
 * begin like one, such as `/run/secrets/tesa_mqtt_token`, are none.
 */
export function holdsToken(text: string): boolean {
  for (const [candidate] of text.matchAll(/tesa_mqtt_[\w-]+/g)) {
    const { random } = splitToken(candidate);
    if (random.length === RANDOM_LENGTH || /[a-z0-9]{16}/i.test(random)) return true;
  }
  return false;
}

function findStrayCharacters(text: string): string[] {
  const problems: string[] = [];
  if (WHITESPACE.test(text)) problems.push("has spaces or line breaks in it: remove them");
  if (QUOTES.test(text)) problems.push("has quotes in it: write it without quotes");
  // A line break is a control character too, but one problem about it is enough.
  if (INVISIBLE.test(text.replace(/\s/gu, ""))) {
    problems.push("has invisible characters in it: copy it again, from another place if that does not help");
  }
  const bytes = utf8Length(text);
  if (bytes > MAX_STRING_BYTES) problems.push(`is ${bytes} bytes long: copy the token and no more`);
  return problems;
}

function findShapeProblems(bare: string): string[] {
  const at = bare.indexOf(TOKEN_PREFIX);
  if (at < 0)
    return [`does not begin with ${TOKEN_PREFIX}: copy the whole token, from ${TOKEN_PREFIX} to its end`];
  if (at > 0) return [`has other characters before ${TOKEN_PREFIX}: remove them`];
  // Taken apart, all but the end of two tokens in a row would pass for the organisation, and be shown.
  if (bare.includes(TOKEN_PREFIX, 1)) return [`has ${TOKEN_PREFIX} in it twice: give one token, once`];
  const { organisation, random } = splitToken(bare);
  if (organisation !== "" && random !== "") return [];
  return [
    `is not whole: after ${TOKEN_PREFIX} come the organisation, a _ and random characters; copy all of it`,
  ];
}

/** Without the quotes and spaces around it, so that one mistake is reported once. */
function withoutWrapping(text: string): string {
  const isWrapping = (character: string) => QUOTES.test(character) || WHITESPACE.test(character);
  let start = 0;
  let end = text.length;
  while (start < end && isWrapping(text.charAt(start))) start += 1;
  while (end > start && isWrapping(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

/** Dots in a row, an ellipsis or asterisks in a row: how consoles, this project included, show a secret. */
function isShortened(bare: string): boolean {
  return bare.includes("...") || bare.includes("\u2026") || bare.includes("***");
}

/** `<your token>`, `<org>`, `{{token}}`, `${TOKEN}`: random characters have no such pairs of brackets around words. */
const BRACKETS = /<[\w\s-]*>|\{[\w\s-]*\}|\[[\w\s-]*\]/u;

/** The words that `.env.example` files are made of, in lower case. */
const WORDS =
  /^(?:your|my|the|organi[sz]ation|org|prefix|tesa|iot|mqtt|api|access|secret|token|keys?|here|goes|change|replace|insert|paste|enter|with|this|me|placeholder|example|sample|dummy|todo|random|characters|chars?|string|32|28|[\s_.-]|x+(?!x))+$/;
/** Far more than any example has, so that the expression above never runs over a long text. */
const MAX_PLACEHOLDER_LENGTH = 200;

/**
 * Whether a text stands for a token instead of being one:
 *
 * - words in brackets;
 * - a random part that is one character again and again (`xxxx`): by chance once in 10^55 tokens;
 * - a random part, or a whole text, of nothing but the words that examples are made of (`your-token-here`,
 *   `tesa_mqtt_acme_changeme`): chance does not make 28 characters of these words alone.
 *
 * An organisation alone never makes a placeholder: one may be called `example`.
 */
function isPlaceholder(bare: string): boolean {
  if (BRACKETS.test(bare)) return true;
  if (!bare.startsWith(TOKEN_PREFIX)) return consistsOfWords(bare);
  const { random } = splitToken(bare);
  return random !== "" && (isOneCharacter(random) || consistsOfWords(random));
}

function isOneCharacter(text: string): boolean {
  return text === text.charAt(0).repeat(text.length);
}

function consistsOfWords(text: string): boolean {
  return text.length <= MAX_PLACEHOLDER_LENGTH && WORDS.test(text.toLowerCase());
}
