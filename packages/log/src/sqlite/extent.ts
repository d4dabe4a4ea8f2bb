import { type Database, one } from "./database.ts";
import type { Meta } from "./meta.ts";

/** From where to where the log reaches. Replaced as a whole when a transaction has been committed, never changed. */
export interface Extent {
  /** `lastSeq + 1` when there is no message. */
  readonly firstSeq: number;
  readonly lastSeq: number;
  /** Bytes of all messages there have been before `firstSeq`. */
  readonly bytesBefore: number;
  /** Bytes of all messages there have been. */
  readonly bytesTotal: number;
  /** `null` when there is no message. */
  readonly firstReceivedAt: number | null;
  /** Of the newest message there has been; `null` if there has been none. */
  readonly lastReceivedAt: number | null;
  /** The latest time of any message, or a little more. */
  readonly maxReceivedAt: number;
  /** By how much a message's time ever lay behind that of an earlier one. */
  readonly clockBackstep: number;
}

interface EndRow {
  readonly seq: number;
  readonly bytes_before: number;
  readonly received_at: number;
  readonly bytes: number;
}

/** Reads from the log where it begins and ends: two rows, whatever it holds. */
export function createExtentReader(db: Database, meta: Meta): () => Extent {
  // `length` of a text counts characters, and those only up to U+0000.
  const columns = `seq, bytes_before, received_at, ${db.payloadLength} + length(CAST(topic AS BLOB)) AS bytes FROM message`;
  const first = db.prepare(`SELECT ${columns} ORDER BY seq LIMIT 1`);
  const last = db.prepare(`SELECT ${columns} ORDER BY seq DESC LIMIT 1`);
  return () => {
    const trimmed = meta.get("trimmed") ?? { lastSeq: 0, bytes: 0, receivedAt: null };
    const clockBackstep = meta.get("clockBackstep") ?? 0;
    const oldest = one<EndRow>(first);
    const newest = one<EndRow>(last);
    const lastReceivedAt = newest?.received_at ?? trimmed.receivedAt;
    return {
      firstSeq: oldest?.seq ?? trimmed.lastSeq + 1,
      lastSeq: newest?.seq ?? trimmed.lastSeq,
      bytesBefore: oldest?.bytes_before ?? trimmed.bytes,
      bytesTotal: newest === undefined ? trimmed.bytes : newest.bytes_before + newest.bytes,
      firstReceivedAt: oldest?.received_at ?? null,
      lastReceivedAt,
      // An earlier message may have been ahead of the newest by as much.
      maxReceivedAt: (lastReceivedAt ?? 0) + clockBackstep,
      clockBackstep,
    };
  };
}
