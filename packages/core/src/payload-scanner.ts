import type { Reading } from "./telemetry.ts";
import type { TextCache } from "./text-cache.ts";
import { type ParsedTimestamp, parseTimestamp, parseUtcBytes } from "./timestamp.ts";

type Scalar = Reading["value"];

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** How deep objects may lie in each other. Deeper ones are left to JSON.parse. */
const MAX_DEPTH = 16;
/** More names than these are left to JSON.parse: to find one that stands there twice, all are compared. */
const MAX_NAMES = 32;
/** So many digits are exact in a double, and so is 10 to this power: their quotient is the nearest double (IEEE 754). */
const MAX_DIGITS = 15;
const POWERS_OF_TEN: readonly number[] = Array.from({ length: MAX_DIGITS + 1 }, (_, power) => 10 ** power);

const NO_TIMESTAMP: ParsedTimestamp = { time: null, warning: null };
const UTF8: TextDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Thrown, and caught here: what stands there is for JSON.parse to judge. */
const NOT_PLAIN = new Error("not plain");

/**
 * Reads the payloads that devices mostly send, objects of plain JSON, straight from their bytes: a third of what it costs
 * to make a text of them, objects of the text, and messages of the objects.
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
  timestamp: ParsedTimestamp = NO_TIMESTAMP;
  /** `sensor`, if it is a text. */
  sensor: string | null = null;
  /** `unit`, if it is a text. */
  unit: string | null = null;
  /** `value`, if it is a scalar; `undefined` otherwise. */
  value: Scalar | undefined = undefined;
  /** Every scalar that has a name of its own, in order. Of no meaning where there is a `value`. */
  readings: Reading[] = [];

  readonly #texts: TextCache;
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  /** Where the content of the string lies that was gone over last. */
  #start = 0;
  #end = 0;
  /** The names of the platform's own that were there, as flags, and all others. */
  #seen = 0;
  readonly #names: string[] = [];

  constructor(texts: TextCache) {
    this.#texts = texts;
  }

  /** Whether it could be read here. If not, the fields mean nothing. */
  scan(bytes: Uint8Array): boolean {
    if (bytes[0] !== OPEN_BRACE) return false;
    this.#bytes = bytes;
    this.#at = 1;
    this.#clear();
    try {
      this.#members();
      this.#skipSpace();
      return this.#at === bytes.length;
    } catch {
      // NOT_PLAIN, or a text that is not UTF-8.
      return false;
    }
  }

  #clear(): void {
    this.device = null;
    this.timestamp = NO_TIMESTAMP;
    this.sensor = null;
    this.unit = null;
    this.value = undefined;
    this.readings = [];
    this.#seen = 0;
    this.#names.length = 0;
  }

  /** The members of the outer object, and its closing brace. */
  #members(): void {
    if (this.#token() === CLOSE_BRACE) {
      this.#at += 1;
      return;
    }
    for (;;) {
      this.#expect(QUOTE);
      const key = this.#key();
      this.#expect(COLON);
      this.#member(key, this.#token());
      const next = this.#token();
      this.#at += 1;
      if (next === CLOSE_BRACE) return;
      if (next !== COMMA) throw NOT_PLAIN;
    }
  }

  #key(): string {
    this.#string();
    const first = this.#bytes[this.#start] ?? 0;
    // Object.keys() puts names that are whole numbers before all others.
    if (first >= ZERO && first <= NINE) throw NOT_PLAIN;
    return this.#text();
  }

  #member(key: string, first: number): void {
    switch (key) {
      case "timestamp":
        this.#once(1);
        this.timestamp = this.#timestamp(first);
        return;
      case "metadata":
        this.#once(2);
        this.#skipValue(first, 1);
        return;
      case "device_id": {
        this.#once(4);
        const device = this.#scalarOrNested(first);
        if (typeof device === "string" || typeof device === "number") this.device = String(device);
        return;
      }
      case "sensor": {
        this.#once(8);
        const sensor = this.#scalarOrNested(first);
        if (typeof sensor === "string") this.sensor = sensor;
        return;
      }
      case "unit": {
        this.#once(16);
        const unit = this.#scalarOrNested(first);
        if (typeof unit === "string") this.unit = unit;
        return;
      }
      case "value":
        this.#once(32);
        // One that is an object is not there, and makes its neighbours readings.
        this.value = this.#scalarOrNested(first);
        return;
    }
    if (this.#names.length === MAX_NAMES || this.#names.includes(key)) throw NOT_PLAIN;
    this.#names.push(key);
    const value = this.#scalarOrNested(first);
    if (value !== undefined) this.readings.push({ sensor: key, value, unit: null });
  }

  /** Of a name that stands there twice the last counts: left to JSON.parse. */
  #once(flag: number): void {
    if ((this.#seen & flag) !== 0) throw NOT_PLAIN;
    this.#seen |= flag;
  }

  /** `undefined`: an object or an array, which has been skipped. */
  #scalarOrNested(first: number): Scalar | undefined {
    if (first !== OPEN_BRACE && first !== OPEN_BRACKET) return this.#scalar(first);
    this.#skipValue(first, 1);
    return undefined;
  }

  #timestamp(first: number): ParsedTimestamp {
    if (first !== QUOTE) {
      const value = this.#scalarOrNested(first);
      return parseTimestamp(value === undefined ? {} : value);
    }
    this.#at += 1;
    this.#string();
    const utc = parseUtcBytes(this.#bytes, this.#start, this.#end);
    return utc ?? parseTimestamp(UTF8.decode(this.#bytes.subarray(this.#start, this.#end)));
  }

  #scalar(first: number): Scalar {
    switch (first) {
      case QUOTE:
        this.#at += 1;
        this.#string();
        return this.#text();
      case 0x74:
        return this.#literal("true", true);
      case 0x66:
        return this.#literal("false", false);
      case 0x6e:
        return this.#literal("null", null);
      default:
        return this.#number();
    }
  }

  #literal<T>(text: string, value: T): T {
    for (let index = 0; index < text.length; index += 1) {
      if (this.#bytes[this.#at + index] !== text.charCodeAt(index)) throw NOT_PLAIN;
    }
    this.#at += text.length;
    return value;
  }

  /** RFC 8259, section 6, without an exponent and as far as it is exact. */
  #number(): number {
    const bytes = this.#bytes;
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

  /** Goes over a string whose quote has been read. */
  #string(): void {
    const bytes = this.#bytes;
    const length = bytes.length;
    const start = this.#at;
    for (let at = start; at < length; at += 1) {
      const byte = bytes[at] ?? 0;
      if (byte === QUOTE) {
        this.#start = start;
        this.#end = at;
        this.#at = at + 1;
        return;
      }
      if (byte === BACKSLASH || byte < 0x20) break;
    }
    throw NOT_PLAIN;
  }

  /** The string that was gone over last. */
  #text(): string {
    return this.#texts.read(this.#bytes, this.#start, this.#end);
  }

  /** Goes over a value that is of no interest, and only has to be valid. */
  #skipValue(first: number, depth: number): void {
    if (first === QUOTE) {
      this.#at += 1;
      this.#skipString();
    } else if (first === OPEN_BRACE || first === OPEN_BRACKET) {
      if (depth === MAX_DEPTH) throw NOT_PLAIN;
      this.#at += 1;
      this.#skipContent(first === OPEN_BRACE, depth + 1);
    } else this.#scalar(first);
  }

  #skipContent(isObject: boolean, depth: number): void {
    const close = isObject ? CLOSE_BRACE : CLOSE_BRACKET;
    if (this.#token() === close) {
      this.#at += 1;
      return;
    }
    for (;;) {
      if (isObject) {
        this.#expect(QUOTE);
        this.#skipString();
        this.#expect(COLON);
      }
      this.#skipValue(this.#token(), depth);
      const next = this.#token();
      this.#at += 1;
      if (next === close) return;
      if (next !== COMMA) throw NOT_PLAIN;
    }
  }

  #skipString(): void {
    const bytes = this.#bytes;
    const length = bytes.length;
    const start = this.#at;
    let seen = 0;
    for (let at = start; at < length; at += 1) {
      const byte = bytes[at] ?? 0;
      if (byte === QUOTE) {
        this.#at = at + 1;
        // Only to see whether it is UTF-8.
        if (seen >= 0x80) UTF8.decode(bytes.subarray(start, at));
        return;
      }
      if (byte === BACKSLASH || byte < 0x20) break;
      seen |= byte;
    }
    throw NOT_PLAIN;
  }

  #expect(byte: number): void {
    if (this.#token() !== byte) throw NOT_PLAIN;
    this.#at += 1;
  }

  /** The next byte that is no space, which is not taken; 0 at the end. */
  #token(): number {
    this.#skipSpace();
    return this.#bytes[this.#at] ?? 0;
  }

  #skipSpace(): void {
    const bytes = this.#bytes;
    const length = bytes.length;
    while (this.#at < length) {
      const byte = bytes[this.#at] ?? 0;
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return;
      this.#at += 1;
    }
  }
}
