import { beginsWith, ExpectedNames, type Name } from "./expected-names.ts";
import {
  CLOSE_BRACE,
  COLON,
  COMMA,
  endOfText,
  MINUS,
  NINE,
  NOT_PLAIN,
  OPEN_BRACE,
  OPEN_BRACKET,
  POINT,
  QUOTE,
  skipSpace,
  skipValue,
  skipWord,
  ZERO,
} from "./plain-json.ts";
import type { Reading } from "./telemetry.ts";
import type { TextCache } from "./text-cache.ts";
import { type ParsedTimestamp, parseTimestamp, UtcReader } from "./timestamp.ts";

type Scalar = Reading["value"];

const SPACE = 0x20;

/** More names than these are left to JSON.parse: to find one that stands there twice, all are compared. */
const MAX_NAMES = 32;
/** So many digits are exact in a double, and so is 10 to this power: their quotient is the nearest double (IEEE 754). */
const MAX_DIGITS = 15;
const POWERS_OF_TEN: readonly number[] = Array.from({ length: MAX_DIGITS + 1 }, (_, power) => 10 ** power);
/** What a payload is expected to say, since its topic says so. */
export interface TopicTexts {
  /** `null`: nothing is expected. */
  readonly device: ExpectedText | null;
  readonly sensor: ExpectedText | null;
}

/** A text, and how it stands in JSON between its quotes. */
export interface ExpectedText {
  readonly text: string;
  readonly bytes: Uint8Array;
}

/**
 * Reads the payloads that devices mostly send, objects of plain JSON, straight from their bytes: a quarter of what it
 * costs to make a text of them, objects of the text, and messages of the objects.
 *
 * It takes no decision of its own: whatever is unusual (escapes, exponents, more than 15 digits, keys that stand there
 * twice or look like a number, bytes that are not UTF-8, anything that is not JSON) is left to the plain way through
 * `JSON.parse`, and what it reads, that way would have read alike.
 *
 * The fields hold what the last {@link scan} has found.
 */
export class PayloadScanner {
  /** `device_id`, if it is a text or a number. */
  device: string | null = null;
  time: number | null = null;
  timeWarning: ParsedTimestamp["warning"] = null;
  /** `sensor`, if it is a text. */
  sensor: string | null = null;
  /** `unit`, if it is a text. */
  unit: string | null = null;
  /** `value`, if it is a scalar; `undefined` otherwise. */
  value: Scalar | undefined = undefined;
  /** Every scalar that has a name of its own, in order. Of no meaning where there is a `value`. */
  readings: Reading[] = [];

  readonly #texts: TextCache;
  readonly #utc = new UtcReader();
  readonly #expected = new ExpectedNames();
  /** Behind what was read last. */
  #at = 0;
  /** The names of the platform's own that were there, as bits, and all others. */
  #seen = 0;
  readonly #names: string[] = [];

  constructor(texts: TextCache) {
    this.#texts = texts;
  }

  /** Whether it could be read here. If not, the fields mean nothing. */
  scan(bytes: Uint8Array, topic: TopicTexts): boolean {
    if (bytes[0] !== OPEN_BRACE) return false;
    this.device = null;
    this.time = null;
    this.timeWarning = null;
    this.sensor = null;
    this.unit = null;
    this.value = undefined;
    this.readings = [];
    this.#seen = 0;
    if (this.#names.length > 0) this.#names.length = 0;
    try {
      const end = this.#members(bytes, topic);
      return end === bytes.length || skipSpace(bytes, end) === bytes.length;
    } catch {
      // NOT_PLAIN, or a text that is not UTF-8.
      return false;
    }
  }

  /** The members of the outer object. Gives where it ends. */
  #members(bytes: Uint8Array, topic: TopicTexts): number {
    if (bytes[skipSpace(bytes, 1)] === CLOSE_BRACE) return skipSpace(bytes, 1) + 1;
    let last = this.#expected.first;
    /** Of the brace before the first member, or the comma before a later one. */
    let at = 0;
    for (;;) {
      const found = this.#expected.find(bytes, at, last);
      if (found === undefined) last = this.#readName(bytes, at, last);
      else {
        last = found;
        at += found.bytes.length;
        // There may be more spaces than the last time.
        this.#at = bytes[at] === SPACE ? skipSpace(bytes, at) : at;
      }
      this.#member(bytes, topic, last);
      at = this.#at;
      if (bytes[at] !== COMMA) {
        at = skipSpace(bytes, at);
        if (bytes[at] === CLOSE_BRACE) return at + 1;
        if (bytes[at] !== COMMA) throw NOT_PLAIN;
      }
    }
  }

  /** The name that follows the brace or comma at `from`. */
  #readName(bytes: Uint8Array, from: number, last: Name): Name {
    const quote = skipSpace(bytes, from + 1);
    if (bytes[quote] !== QUOTE) throw NOT_PLAIN;
    const first = bytes[quote + 1] ?? 0;
    // Object.keys() puts names that are whole numbers before all others.
    if (first >= ZERO && first <= NINE) throw NOT_PLAIN;
    const text = this.#text(bytes, quote + 1);
    const colon = skipSpace(bytes, this.#at);
    if (bytes[colon] !== COLON) throw NOT_PLAIN;
    this.#at = skipSpace(bytes, colon + 1);
    return this.#expected.learn(text, bytes, from, this.#at, last);
  }

  #member(bytes: Uint8Array, topic: TopicTexts, { text: name, kind, bit }: Name): void {
    // Of a name that stands there twice the last counts: left to JSON.parse.
    if ((this.#seen & bit) !== 0) throw NOT_PLAIN;
    this.#seen |= bit;
    switch (kind) {
      case "timestamp":
        this.#timestamp(bytes);
        return;
      case "device_id": {
        const device = this.#expectedText(bytes, topic.device);
        if (typeof device === "string" || typeof device === "number") this.device = String(device);
        return;
      }
      case "sensor": {
        const sensor = this.#expectedText(bytes, topic.sensor);
        if (typeof sensor === "string") this.sensor = sensor;
        return;
      }
      case "unit": {
        const unit = this.#scalarOrNested(bytes);
        if (typeof unit === "string") this.unit = unit;
        return;
      }
      case "value":
        // One that is an object is not there, and makes its neighbours readings.
        this.value = this.#scalarOrNested(bytes);
        return;
      case "metadata":
        this.#at = skipValue(bytes, this.#at);
        return;
      case "reading": {
        if (this.#names.length === MAX_NAMES || this.#names.includes(name)) throw NOT_PLAIN;
        this.#names.push(name);
        const value = this.#scalarOrNested(bytes);
        if (value !== undefined) this.readings.push({ sensor: name, value, unit: null });
      }
    }
  }

  /** A value that is probably this text. */
  #expectedText(bytes: Uint8Array, likely: ExpectedText | null): Scalar | undefined {
    const at = this.#at;
    if (likely !== null && bytes[at] === QUOTE) {
      const end = at + 1 + likely.bytes.length;
      if (bytes[end] === QUOTE && beginsWith(bytes, at + 1, likely.bytes)) {
        this.#at = end + 1;
        return likely.text;
      }
    }
    return this.#scalarOrNested(bytes);
  }

  /** `undefined`: an object or an array, which has been skipped. */
  #scalarOrNested(bytes: Uint8Array): Scalar | undefined {
    const first = bytes[this.#at] ?? 0;
    switch (first) {
      case QUOTE:
        return this.#text(bytes, this.#at + 1);
      case OPEN_BRACE:
      case OPEN_BRACKET:
        this.#at = skipValue(bytes, this.#at);
        return undefined;
      case 0x74:
        return this.#word(bytes, "true", true);
      case 0x66:
        return this.#word(bytes, "false", false);
      case 0x6e:
        return this.#word(bytes, "null", null);
      default:
        return this.#number(bytes);
    }
  }

  #timestamp(bytes: Uint8Array): void {
    const start = this.#at + 1;
    const length = bytes[this.#at] === QUOTE ? this.#utc.read(bytes, start) : 0;
    if (length > 0 && bytes[start + length] === QUOTE) {
      this.#at = start + length + 1;
      this.time = this.#utc.time;
      return;
    }
    const value = this.#scalarOrNested(bytes);
    const { time, warning } = parseTimestamp(value === undefined ? {} : value);
    this.time = time;
    this.timeWarning = warning;
  }

  #word<T>(bytes: Uint8Array, word: string, value: T): T {
    this.#at = skipWord(bytes, this.#at, word);
    return value;
  }

  /** RFC 8259, section 6, without an exponent and as far as it is exact. */
  #number(bytes: Uint8Array): number {
    let at = this.#at;
    const isNegative = bytes[at] === MINUS;
    if (isNegative) at += 1;
    const start = at;
    let mantissa = 0;
    let byte = bytes[at] ?? 0;
    while (byte >= ZERO && byte <= NINE) {
      mantissa = mantissa * 10 + byte - ZERO;
      at += 1;
      byte = bytes[at] ?? 0;
    }
    let digits = at - start;
    if (digits === 0 || (digits > 1 && bytes[start] === ZERO)) throw NOT_PLAIN;
    let decimals = 0;
    if (byte === POINT) {
      const pointAt = at;
      at += 1;
      byte = bytes[at] ?? 0;
      while (byte >= ZERO && byte <= NINE) {
        mantissa = mantissa * 10 + byte - ZERO;
        at += 1;
        byte = bytes[at] ?? 0;
      }
      decimals = at - pointAt - 1;
      if (decimals === 0) throw NOT_PLAIN;
      digits += decimals;
    }
    // e and E: an exponent.
    if (digits > MAX_DIGITS || byte === 0x65 || byte === 0x45) throw NOT_PLAIN;
    this.#at = at;
    const value = decimals === 0 ? mantissa : mantissa / (POWERS_OF_TEN[decimals] ?? 1);
    // JSON.stringify has no -0.
    return isNegative && value !== 0 ? -value : value;
  }

  /** @param start Behind the quote that begins it. */
  #text(bytes: Uint8Array, start: number): string {
    const end = endOfText(bytes, start);
    this.#at = end + 1;
    return this.#texts.read(bytes, start, end);
  }
}
