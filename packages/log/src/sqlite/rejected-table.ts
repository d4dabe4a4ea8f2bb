import type { LogEntry } from "@tesa/core";
import type { Database, Statement } from "./database.ts";
import { isRowFailure, messageOf } from "./sqlite-error.ts";
import { encodeText } from "./text.ts";

/** The table `rejected`: messages that could not be stored, with their bytes and the reason. */
export class RejectedTable {
  readonly #insert: Statement;

  constructor(db: Database) {
    this.#insert = db.prepare(
      `INSERT INTO rejected (at, after_seq, error, received_at, packet_id, qos, retained, topic, bytes, payload)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
  }

  insert(
    { message, packetId }: LogEntry,
    { at, afterSeq, error }: { readonly at: number; readonly afterSeq: number; readonly error: unknown },
  ): void {
    const values = [
      at,
      afterSeq,
      messageOf(error),
      message.receivedAt,
      packetId ?? null,
      message.qos,
      message.retained ? 1 : 0,
      encodeText(String(message.topic)),
    ];
    const size = message.payload?.byteLength ?? null;
    try {
      this.#insert.run(...values, size, message.payload);
    } catch (again) {
      if (!isRowFailure(again)) throw again;
      // The payload itself is what cannot be stored.
      this.#insert.run(...values, size, null);
    }
  }
}
