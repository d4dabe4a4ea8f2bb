/** PostgreSQL's numbers of the element types used here (`pg_type.oid`); they never change. */
export const ELEMENT_TYPES: Readonly<
  Record<"boolean" | "bytea" | "bigint" | "smallint" | "text" | "timestamptz" | "jsonb", number>
> = {
  boolean: 16,
  bytea: 17,
  bigint: 20,
  smallint: 21,
  text: 25,
  timestamptz: 1184,
  jsonb: 3802,
};

/** Dimensions, whether there are nulls, element type, length, lower bound: five 32-bit numbers (`array_send`). */
const HEADER_BYTES = 20;
/** PostgreSQL counts time from the start of 2000, UTC, in microseconds. */
const EPOCH_2000_MS = 946_684_800_000;
const JSONB_VERSION = 1;

/**
 * Writes a one-dimensional array in PostgreSQL's binary format, in which nothing needs escaping and bytes stay bytes.
 * As text the payloads alone would be four times as long: hexadecimal, and then quoted.
 */
export class BinaryArray {
  #buffer: Buffer;
  #offset: number = HEADER_BYTES;
  #length = 0;
  #hasNull = false;
  readonly #elementType: number;

  /** @param expectedBytes What the elements will take; more is no error, only slower. */
  constructor(elementType: keyof typeof ELEMENT_TYPES, expectedBytes: number) {
    this.#elementType = ELEMENT_TYPES[elementType];
    this.#buffer = Buffer.allocUnsafe(HEADER_BYTES + expectedBytes);
  }

  addNull(): void {
    this.#begin(4);
    this.#hasNull = true;
    this.#offset = this.#buffer.writeInt32BE(-1, this.#offset);
  }

  addBytes(bytes: Uint8Array): void {
    this.#begin(4 + bytes.length);
    this.#offset = this.#buffer.writeInt32BE(bytes.length, this.#offset);
    this.#buffer.set(bytes, this.#offset);
    this.#offset += bytes.length;
  }

  /** As UTF-8; a lone surrogate, which UTF-8 has no form for, becomes U+FFFD. */
  addText(text: string): void {
    // No UTF-16 unit takes more than three bytes in UTF-8.
    this.#begin(4 + 3 * text.length);
    const bytes = this.#buffer.write(text, this.#offset + 4);
    this.#buffer.writeInt32BE(bytes, this.#offset);
    this.#offset += 4 + bytes;
  }

  addJson(json: string): void {
    this.#begin(5 + 3 * json.length);
    const bytes = this.#buffer.write(json, this.#offset + 5);
    this.#buffer.writeInt32BE(bytes + 1, this.#offset);
    this.#buffer[this.#offset + 4] = JSONB_VERSION;
    this.#offset += 5 + bytes;
  }

  addBoolean(value: boolean): void {
    this.#begin(5);
    this.#offset = this.#buffer.writeInt32BE(1, this.#offset);
    this.#offset = this.#buffer.writeUInt8(value ? 1 : 0, this.#offset);
  }

  addSmallint(value: number): void {
    this.#begin(6);
    this.#offset = this.#buffer.writeInt32BE(2, this.#offset);
    this.#offset = this.#buffer.writeInt16BE(value, this.#offset);
  }

  addBigint(value: bigint): void {
    this.#begin(12);
    this.#offset = this.#buffer.writeInt32BE(8, this.#offset);
    this.#offset = this.#buffer.writeBigInt64BE(value, this.#offset);
  }

  /** @param epochMs Epoch milliseconds that PostgreSQL can hold; parts of one are kept to the microsecond. */
  addTime(epochMs: number): void {
    const ms = epochMs - EPOCH_2000_MS;
    this.addBigint(Number.isInteger(ms) ? BigInt(ms) * 1000n : BigInt(Math.round(ms * 1000)));
  }

  /** The array as the value of a parameter in binary format. Nothing can be added afterwards. */
  finish(): Buffer {
    const header = this.#buffer;
    header.writeInt32BE(1, 0);
    header.writeInt32BE(this.#hasNull ? 1 : 0, 4);
    header.writeInt32BE(this.#elementType, 8);
    header.writeInt32BE(this.#length, 12);
    header.writeInt32BE(1, 16);
    return this.#buffer.subarray(0, this.#offset);
  }

  #begin(bytes: number): void {
    this.#length += 1;
    const needed = this.#offset + bytes;
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, 2 * this.#buffer.length));
    this.#buffer.copy(larger, 0, 0, this.#offset);
    this.#buffer = larger;
  }
}
