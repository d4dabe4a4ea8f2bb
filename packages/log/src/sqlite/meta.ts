import { type Database, one, type Statement } from "./database.ts";

/** What is kept once per log, by name. */
export interface MetaValues {
  id: string;
  epoch: string;
  /** The client id and what else a session is made of, except until when it was connected. */
  session: unknown;
  /** The first `seq` of the session at the broker: a redelivery can only be of that one or a later one. */
  sessionFirstSeq: number;
  /** How many messages the broker could have unacknowledged in the last run. */
  receiveMaximum: number;
  /** What retention has removed. */
  trimmed: { readonly lastSeq: number; readonly bytes: number; readonly receivedAt: number | null };
  /** By how many milliseconds the time of a message ever lay behind that of an earlier one. */
  clockBackstep: number;
  /** Up to which `seq` the table `latest` is right. */
  latestUpTo: number;
}

/** The table `meta`: values as JSON. */
export class Meta {
  readonly #get: Statement;
  readonly #set: Statement;

  constructor(db: Database) {
    this.#get = db.prepare("SELECT value FROM meta WHERE key = ?");
    this.#set = db.prepare("INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value");
  }

  get<Key extends keyof MetaValues>(key: Key): MetaValues[Key] | undefined {
    const row = one<{ value: string }>(this.#get, key);
    // Only `set` writes it.
    return row === undefined ? undefined : (JSON.parse(row.value) as MetaValues[Key]);
  }

  set<Key extends keyof MetaValues>(key: Key, value: MetaValues[Key]): void {
    this.#set.run(key, JSON.stringify(value));
  }
}
