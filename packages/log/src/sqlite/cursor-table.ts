import { refuseSecondCursor, stateToJson } from "../cursor-check.ts";
import { all, type Database, one, type Statement } from "./database.ts";
import { decodeText, encodeText } from "./text.ts";

/** A cursor as it is kept. */
export interface CursorRow {
  readonly position: number;
  /** JSON. */
  readonly state: string;
}

/** The table `cursor`: where each reader stands. */
export class CursorTable {
  readonly #get: Statement;
  readonly #all: Statement;
  readonly #save: Statement;
  readonly #clamp: Statement;
  readonly #open = new Set<string>();

  constructor(db: Database) {
    this.#get = db.prepare("SELECT position, state FROM cursor WHERE name = ?");
    this.#all = db.prepare("SELECT name, position FROM cursor ORDER BY name");
    this.#save = db.prepare(
      "INSERT INTO cursor VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET position = excluded.position, state = excluded.state",
    );
    this.#clamp = db.prepare("UPDATE cursor SET position = ? WHERE position > ?");
  }

  /** @throws TesaError `usage` if it is open already */
  open(name: string): void {
    if (this.#open.has(name)) refuseSecondCursor(name);
    this.#open.add(name);
  }

  /** It may be opened again. */
  release(name: string): void {
    this.#open.delete(name);
  }

  get(name: string): CursorRow | undefined {
    return one<CursorRow>(this.#get, encodeText(name));
  }

  list(): { name: string; position: number }[] {
    return all<{ name: string | Uint8Array; position: number }>(this.#all).map(({ name, position }) => ({
      name: decodeText(name),
      position,
    }));
  }

  /** Within a transaction. */
  save(name: string, { position, state }: CursorRow): void {
    this.#save.run(encodeText(name), position, state);
  }

  /** No cursor stands behind the end. Within a transaction. */
  clamp(lastSeq: number): void {
    this.#clamp.run(lastSeq, lastSeq);
  }
}

/** A cursor with what is to be saved in it; without `state`, that stays. */
export function nextCursor(
  name: string,
  saved: CursorRow,
  next: { readonly position: number; readonly state?: unknown },
): CursorRow {
  const state = next.state === undefined ? saved.state : stateToJson(name, next.state);
  return { position: next.position, state };
}
