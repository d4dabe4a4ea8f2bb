/** The database of the durable peers: one row a commit, each on the disk, as our log promises it. */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** Stores a message; it is on the disk when this returns. */
export type Store = (topic: string, payload: Uint8Array) => void;

/** @param folder An empty folder of this receiver's. */
export function openPeerDatabase(folder: string): Store {
  const database = new DatabaseSync(pathIn(folder));
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    CREATE TABLE messages (seq INTEGER PRIMARY KEY, received_at INTEGER, topic TEXT, payload BLOB) STRICT;
  `);
  const insert = database.prepare("INSERT INTO messages (received_at, topic, payload) VALUES (?, ?, ?)");
  return (topic, payload) => {
    insert.run(Date.now(), topic, payload);
  };
}

/** How many messages are stored. */
export function countStored(folder: string): number {
  const database = new DatabaseSync(pathIn(folder), { readOnly: true });
  const row = database.prepare("SELECT count(*) AS stored FROM messages").get();
  database.close();
  return Number(row?.stored);
}

function pathIn(folder: string): string {
  return join(folder, "peer.db");
}
