import { contentHash, Decoder, type LogEntry, type Telemetry } from "@tesa/core";
import { messageBytes } from "../message-bytes.ts";
import type { CheckedQuery } from "../query.ts";
import { all, type Database, one, type Statement } from "./database.ts";
import { decodeText, encodeText } from "./text.ts";

/**
 * Payloads up to this many bytes are hashed only when a session is resumed, from the row itself; that is a few
 * milliseconds for all that may be sent again, and saves the hash for each message that is not.
 */
const HASH_LATER_BYTES = 4_096;

/** The columns that a message is made of again. */
export const MESSAGE_COLUMNS = "seq, received_at, qos, retained, topic, payload";

/** A row of {@link MESSAGE_COLUMNS}. */
export interface MessageRow {
  readonly seq: number;
  readonly received_at: number;
  readonly qos: number;
  readonly retained: number;
  readonly topic: string | Uint8Array;
  readonly payload: Uint8Array | null;
}

/** Decodes a row as it was decoded when it came. */
export function toTelemetry(row: MessageRow, decoder: Decoder): Telemetry {
  const message = decoder.decode({
    topic: decodeText(row.topic),
    payload: row.payload ?? new Uint8Array(0),
    qos: row.qos === 0 ? 0 : 1,
    retained: row.retained === 1,
    receivedAt: row.received_at,
  });
  message.seq = row.seq;
  return message;
}

/** What is written of a row whatever becomes of it. */
export function storedForm({ message }: LogEntry): {
  readonly topic: string | Uint8Array;
  readonly bytes: number;
} {
  const topic = encodeText(message.topic);
  const bytes = typeof topic === "string" ? messageBytes(message) : topic.length + message.payload.byteLength;
  return { topic, bytes };
}

/** Part of a log to be read. */
export interface Range {
  readonly start: number;
  /** The last `seq` that belongs to it. */
  readonly stop: number;
}

/** The table `message`. */
export class MessageTable {
  readonly #db: Database;
  readonly #decoder: Decoder = new Decoder();
  readonly #insert: Statement;
  readonly #bytesBefore: Statement;
  readonly #receivedAt: Statement;
  readonly #bySeq: Statement;
  /** One statement for each combination of filters that was asked for. */
  readonly #reads = new Map<string, Statement>();

  constructor(db: Database) {
    this.#db = db;
    this.#insert = db.prepare("INSERT INTO message VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    this.#bytesBefore = db.prepare("SELECT bytes_before AS value FROM message WHERE seq = ?");
    this.#receivedAt = db.prepare("SELECT received_at AS value FROM message WHERE seq = ?");
    this.#bySeq = db.prepare(`SELECT ${MESSAGE_COLUMNS} FROM message WHERE seq = ?`);
  }

  /** Stores a row; gives its bytes. `deviceId`, `sensor`, `timestamp` and `format` are there for people's own queries. */
  insert(seq: number, bytesBefore: number, entry: LogEntry): number {
    const { message, packetId } = entry;
    const { topic, bytes } = storedForm(entry);
    this.#insert.run(
      seq,
      message.receivedAt,
      bytesBefore,
      packetId ?? null,
      packetId !== undefined && message.payload.byteLength > HASH_LATER_BYTES
        ? contentHash(message.topic, message.payload)
        : null,
      message.qos,
      message.retained ? 1 : 0,
      message.deviceId === null ? null : encodeText(message.deviceId),
      message.sensor === null ? null : encodeText(message.sensor),
      message.timestamp,
      message.format,
      topic,
      message.payload,
    );
    return bytes;
  }

  /** `undefined` where there is no such message. */
  bytesBefore(seq: number): number | undefined {
    return one<{ value: number }>(this.#bytesBefore, seq)?.value;
  }

  receivedAt(seq: number): number | undefined {
    return one<{ value: number }>(this.#receivedAt, seq)?.value;
  }

  bySeq(seq: number): Telemetry | undefined {
    const row = one<MessageRow>(this.#bySeq, seq);
    return row === undefined ? undefined : toTelemetry(row, this.#decoder);
  }

  /**
   * The rows of a range that may be asked for, in order. A sensor may also be named by a payload, so what is given for
   * one has to be looked at once more; `limit` is left to the caller then.
   */
  read({ start, stop }: Range, { device, sensor, from, to, limit }: CheckedQuery): Telemetry[] {
    const conditions: string[] = [];
    const values: (string | number | Uint8Array)[] = [];
    const filter = (condition: string, value: string | number | undefined): void => {
      if (value === undefined) return;
      conditions.push(` AND ${condition}`);
      values.push(typeof value === "string" ? encodeText(value) : value);
    };
    filter("device = ?", device);
    filter("(sensor = ? OR format = 'json')", sensor);
    filter("received_at >= ?", from);
    filter("received_at < ?", to);
    const most = sensor === undefined ? limit : stop - start + 1;
    const statement = this.#read(conditions.join(""));
    const rows = all<MessageRow>(statement, start, stop, ...values, most);
    return rows.map((row) => toTelemetry(row, this.#decoder));
  }

  #read(conditions: string): Statement {
    const prepared = this.#reads.get(conditions);
    if (prepared !== undefined) return prepared;
    const statement = this.#db.prepare(
      `SELECT ${MESSAGE_COLUMNS} FROM message WHERE seq BETWEEN ? AND ?${conditions} ORDER BY seq LIMIT ?`,
    );
    this.#reads.set(conditions, statement);
    return statement;
  }
}
