import { contentHash, type LogEntry, type StoredMark } from "@tesa/core";
import { all, type Database, type Statement } from "./database.ts";
import type { Range } from "./message-table.ts";
import type { Meta } from "./meta.ts";
import { decodeText } from "./text.ts";

interface MarkRow {
  /** The `seq` of a row; between two of them for a message that was rejected there. */
  readonly place: number;
  readonly packet_id: number;
  readonly hash: string | null;
  readonly topic: string | Uint8Array;
  readonly payload: Uint8Array | null;
}

/** What {@link MarkTable} works with. */
export interface MarkTableOptions {
  readonly db: Database;
  readonly meta: Meta;
  readonly receiveMaximum: number;
}

/**
 * How far back messages may lie to be looked for when the log is opened. It matters only where many at QoS 0 came between
 * the last ones at QoS 1: those were acknowledged long before so many others could come.
 */
const LOOK_BACK_ROWS = 100_000;

/**
 * The packet ids and hashes of the last messages of this session, as far as the broker may not know them to be stored:
 * the last receive-maximum rows with a packet id, and beside them, in the table `mark`, those that retention has removed
 * or that were rejected.
 */
export class MarkTable {
  readonly #meta: Meta;
  readonly #size: number;
  readonly #select: Statement;
  readonly #selectKept: Statement;
  readonly #keep: Statement;
  readonly #forget: Statement;
  /** Where the newest marks lie, in order; at least as many as matter, if there are so many. */
  #places: number[];

  constructor({ db, meta, receiveMaximum }: MarkTableOptions) {
    this.#meta = meta;
    // The broker may still hold what it sent under the receive maximum of the run before.
    this.#size = Math.max(receiveMaximum, meta.get("receiveMaximum") ?? 0);
    this.#select = db.prepare(
      `SELECT seq AS place, packet_id, hash, topic, CASE WHEN hash IS NULL THEN payload END AS payload
       FROM message WHERE seq BETWEEN ? AND ? AND packet_id IS NOT NULL ORDER BY seq`,
    );
    this.#selectKept = db.prepare(
      "SELECT place, packet_id, hash, '' AS topic, NULL AS payload FROM mark ORDER BY id",
    );
    this.#keep = db.prepare("INSERT INTO mark (place, packet_id, hash) VALUES (?, ?, ?)");
    this.#forget = db.prepare("DELETE FROM mark WHERE place < ?");
    const newest = db.prepare(
      `SELECT seq FROM message WHERE seq >= max(?, (SELECT max(seq) FROM message) - ${LOOK_BACK_ROWS})
       AND packet_id IS NOT NULL ORDER BY seq DESC LIMIT ?`,
    );
    const inRows = all<{ seq: number }>(newest, this.#sessionFirstSeq, this.#size).map(({ seq }) => seq);
    const kept = all<MarkRow>(this.#selectKept).map(({ place }) => place);
    this.#places = [...inRows, ...kept].sort((a, b) => a - b);
  }

  get size(): number {
    return this.#size;
  }

  /** Oldest first. */
  read(): StoredMark[] {
    const [oldest = Number.MAX_SAFE_INTEGER] = this.#places;
    const rows = all<MarkRow>(this.#select, oldest, Number.MAX_SAFE_INTEGER);
    return [...rows, ...all<MarkRow>(this.#selectKept)].sort((a, b) => a.place - b.place).map(toMark);
  }

  /** The marks at these places are there for good. */
  stored(places: readonly number[]): void {
    for (const place of places) this.#places.push(place);
    if (this.#places.length > 2 * this.#size) this.#places = this.#places.slice(-this.#size);
  }

  /** A message got no `seq`, but the broker may send it again. Within a transaction; gives the place of the mark. */
  keepRejected(afterSeq: number, { message }: LogEntry, packetId: number): number {
    const place = afterSeq + 0.5;
    this.#keep.run(place, packetId, contentHash(message.topic, message.payload));
    return place;
  }

  /**
   * Rows are about to be removed. Within a transaction; `staged` are places that it has made itself, to be given to
   * {@link stored} when it has been committed.
   */
  keepRemoved({ start, stop }: Range, staged: readonly number[]): void {
    const oldest = this.#oldestThatMatters(staged);
    if (oldest > stop) return;
    this.#forget.run(oldest);
    for (const row of all<MarkRow>(this.#select, Math.max(start, oldest), stop)) {
      const { packetId, hash } = toMark(row);
      this.#keep.run(row.place, packetId, hash);
    }
  }

  /** Nothing stored so far can be sent again: a new session begins at `seq`. Within a transaction. */
  beginSession(seq: number): void {
    this.#meta.set("sessionFirstSeq", seq);
    this.#forget.run(Number.MAX_SAFE_INTEGER);
  }

  /** That transaction has been committed. */
  sessionBegun(): void {
    this.#places = [];
  }

  isSessionBegun(seq: number): boolean {
    return this.#sessionFirstSeq === seq;
  }

  #oldestThatMatters(staged: readonly number[]): number {
    const missing = this.#size - staged.length;
    const oldest =
      missing > 0
        ? this.#places[Math.max(0, this.#places.length - missing)]
        : staged[staged.length - this.#size];
    return oldest ?? staged[0] ?? Number.MAX_SAFE_INTEGER;
  }

  get #sessionFirstSeq(): number {
    return this.#meta.get("sessionFirstSeq") ?? 1;
  }
}

function toMark({ packet_id, hash, topic, payload }: MarkRow): StoredMark {
  return {
    packetId: packet_id,
    hash: hash ?? contentHash(decodeText(topic), payload ?? new Uint8Array(0)),
  };
}
