import { TesaError } from "./errors.ts";
import { contentHash } from "./redelivery.ts";
import { findTokenProblems, RANDOM_LENGTH, splitToken, TOKEN_PREFIX } from "./token-shape.ts";

/** An MQTT API token. Whatever prints it, prints `tesa_mqtt_acme_...`. */
export interface Token {
  readonly organisation: string;
  /** `tesa_mqtt_<organisation>_...` */
  readonly redacted: string;
  /** Something about it that is unusual and may be a mistake, such as its length; never the token. */
  readonly warnings: readonly string[];
  /** The token itself, for CONNECT and nothing else. */
  reveal(): string;
}

/**
 * Reads an API token. The text is taken as it is: a file's last line break has to be cut off before.
 *
 * @throws TesaError `config` with every problem in `problems`; none of them shows the token
 * @example
 * ```ts
 * const token = parseToken("tesa_mqtt_acme_FAKEFAKEFAKEFAKEFAKEFAKEFAKE0001");
 * String(token); // "tesa_mqtt_acme_..."
 * ```
 */
export function parseToken(text: string): Token {
  const problems = findTokenProblems(text);
  if (problems.length > 0) {
    throw new TesaError("config", `The MQTT API token cannot be used: it ${problems.join("; it ")}.`, {
      problems: problems.map((problem) => `The MQTT API token ${problem}.`),
    });
  }
  return new HiddenToken(text);
}

/**
 * A short mark to know a token again by, without keeping it: 16 hexadecimal digits. It is 64 bits of the about 190 that
 * a token's random part has, so that neither the token nor a useful part of it follows from the mark. A hash without
 * cryptography does, since nothing is decided by it but whether a refused token had been accepted before.
 */
export function tokenFingerprint(token: Token): string {
  return contentHash(token.reveal(), NOTHING);
}

const NOTHING: Uint8Array = new Uint8Array(0);

/** Keeps the token in a private field: out of spreads, keys, clones and every inspector. */
class HiddenToken implements Token {
  readonly organisation: string;
  readonly redacted: string;
  readonly warnings: readonly string[];
  readonly #text: string;

  constructor(text: string) {
    const { organisation, random } = splitToken(text);
    this.organisation = organisation;
    this.redacted = `${TOKEN_PREFIX}${organisation}_...`;
    this.warnings = random.length === RANDOM_LENGTH ? [] : [lengthWarning(random.length)];
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return this.redacted;
  }

  toJSON(): string {
    return this.redacted;
  }

  /** What Node, Bun and Deno print for it, in `console.log` and `util.inspect`. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.redacted;
  }
}

function lengthWarning(length: number): string {
  return `The random part of the MQTT API token has ${length} characters, where ${RANDOM_LENGTH} are usual: if the broker refuses it, check that it was copied whole.`;
}
