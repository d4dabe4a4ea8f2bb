import { LatestSeqs } from "../latest-seqs.ts";
import { type Database, each, type Statement } from "./database.ts";
import type { Meta } from "./meta.ts";
import { decodeText, encodeText } from "./text.ts";

/** The table is brought up to date after so many messages at least; as many are looked through at the next open. */
const SAVE_AFTER_ROWS = 20_000;
/** With many devices later, so that saving one costs little beside storing this many messages. */
const ROWS_PER_DEVICE = 10;

interface LatestRow {
  readonly device: string | Uint8Array;
  readonly live: number;
  readonly retained: number;
}

interface DeltaRow {
  readonly seq: number;
  readonly device: string | Uint8Array;
  readonly retained: number;
}

/** The newest message of each device: in memory, and from time to time in the table `latest`. */
export class LatestTable {
  readonly #meta: Meta;
  readonly #upsert: Statement;
  readonly #remove: Statement;
  readonly #seqs: LatestSeqs;
  /** Devices whose row in the table is out of date. */
  readonly #changed = new Set<string>();
  /** Messages noted that the table does not know. */
  #unsaved = 0;

  constructor(db: Database, meta: Meta) {
    this.#meta = meta;
    this.#upsert = db.prepare(
      "INSERT INTO latest VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET live = excluded.live, retained = excluded.retained",
    );
    this.#remove = db.prepare("DELETE FROM latest WHERE live < ? AND retained < ?");
    this.#seqs = readLatest(db, meta, (device) => {
      this.#changed.add(device);
      this.#unsaved += 1;
    });
  }

  /** A message has been stored for good. */
  note(device: string, seq: number, retained: boolean): void {
    this.#seqs.note(device, seq, retained);
    this.#changed.add(device);
    this.#unsaved += 1;
  }

  newest(firstSeq: number, limit: number): number[] {
    return this.#seqs.newest(firstSeq, limit);
  }

  get isDue(): boolean {
    return this.#unsaved >= Math.max(SAVE_AFTER_ROWS, ROWS_PER_DEVICE * this.#changed.size);
  }

  /** Within a transaction; {@link saved} follows when that has been committed. */
  save({ firstSeq, lastSeq }: { readonly firstSeq: number; readonly lastSeq: number }): void {
    for (const device of this.#changed) {
      const seqs = this.#seqs.get(device);
      if (seqs !== undefined) this.#upsert.run(encodeText(device), seqs.live, seqs.retained);
    }
    this.#remove.run(firstSeq, firstSeq);
    this.#meta.set("latestUpTo", lastSeq);
  }

  saved(firstSeq: number): void {
    this.#changed.clear();
    this.#unsaved = 0;
    this.#seqs.forget(firstSeq);
  }
}

/** Reads the table, and what came since it was saved. */
export function readLatest(
  db: Database,
  meta: Meta,
  onNewer: (device: string) => void = () => {},
): LatestSeqs {
  const seqs = new LatestSeqs();
  for (const row of each<LatestRow>(db.prepare("SELECT device, live, retained FROM latest"))) {
    seqs.load(decodeText(row.device), row);
  }
  const delta = db.prepare(
    "SELECT seq, device, retained FROM message WHERE seq > ? AND device IS NOT NULL ORDER BY seq",
  );
  for (const row of each<DeltaRow>(delta, meta.get("latestUpTo") ?? 0)) {
    const device = decodeText(row.device);
    seqs.note(device, row.seq, row.retained === 1);
    onNewer(device);
  }
  return seqs;
}
