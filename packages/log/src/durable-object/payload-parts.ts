import type { DurableStorage } from "./durable-storage.ts";

/**
 * A row of a Durable Object holds 2 MB (https://developers.cloudflare.com/durable-objects/platform/limits/), a message of
 * the platform up to 10 MB. What is larger than this, in bytes, is cut.
 */
const PART_BYTES = 1024 * 1024;

type Binding = string | number | null | Uint8Array;

/**
 * Large payloads, cut into rows of a table of their own. In their place, the column `payload` holds a number: that of
 * the parts, a REAL as all numbers are that Workers bind. They go with the row that they belong to.
 */
export class PayloadParts {
  /** Beside the schema of a log in a file; may be run again. */
  static readonly schema: string = `
    CREATE TABLE IF NOT EXISTS payload_part (id INTEGER, part INTEGER, bytes BLOB, PRIMARY KEY (id, part));
    ${["message", "rejected", "dead_letter"].map(removalFrom).join("\n")}
  `;

  /** SQL: the bytes of the column `payload`. */
  static readonly length: string =
    "iif(typeof(payload) = 'real', (SELECT sum(length(bytes)) FROM payload_part WHERE id = payload), length(payload))";

  readonly #sql: DurableStorage["sql"];

  constructor({ sql }: DurableStorage) {
    this.#sql = sql;
  }

  /** Gives what to bind instead; `undo` is for when that then fails. */
  store(values: readonly Binding[]): { readonly bindings: readonly Binding[]; readonly undo: () => void } {
    if (!values.some(isLarge)) return { bindings: values, undo: () => {} };
    const ids: number[] = [];
    const bindings = values.map((value) => {
      if (!isLarge(value)) return value;
      const id = this.#cut(value);
      ids.push(id);
      return id;
    });
    const undo = () => {
      for (const id of ids) this.#sql.exec("DELETE FROM payload_part WHERE id = ?", id);
    };
    return { bindings, undo };
  }

  load(id: number): Uint8Array {
    const parts = this.#sql
      .exec("SELECT bytes FROM payload_part WHERE id = ? ORDER BY part", id)
      .toArray()
      .map(({ bytes }) => (bytes instanceof ArrayBuffer ? new Uint8Array(bytes) : new Uint8Array()));
    const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.byteLength;
    }
    return whole;
  }

  #cut(bytes: Uint8Array): number {
    const [row] = this.#sql.exec("SELECT coalesce(max(id), 0) + 1 AS id FROM payload_part").toArray();
    const id = Number(row?.id);
    for (let at = 0; at < bytes.byteLength; at += PART_BYTES) {
      const part = bytes.subarray(at, at + PART_BYTES);
      this.#sql.exec("INSERT INTO payload_part VALUES (?, ?, ?)", id, at / PART_BYTES, part);
    }
    return id;
  }
}

function isLarge(value: Binding): value is Uint8Array {
  return value instanceof Uint8Array && value.byteLength > PART_BYTES;
}

function removalFrom(table: string): string {
  return `CREATE TRIGGER IF NOT EXISTS ${table}_parts AFTER DELETE ON ${table} WHEN typeof(old.payload) = 'real'
    BEGIN DELETE FROM payload_part WHERE id = old.payload; END;`;
}
