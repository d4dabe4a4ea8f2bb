import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import type { Bed } from "./bed.ts";
import { parseLine } from "./line.ts";
import { RELAY_SECRET } from "./program.ts";
import { relayKey } from "./relay-reader.ts";

/** A message as an app's log has it. */
export interface Stored {
  readonly topic: string;
  readonly payload: string;
}

/** Reads all that the app's log holds, in order: from its SQLite table, or where it is elsewhere from its history. */
export async function readStored(bed: Bed): Promise<readonly Stored[]> {
  return bed.manifest.store === "sqlite" ? readTable(bed.logPath) : await readHistory(bed);
}

function readTable(path: string): readonly Stored[] {
  if (!existsSync(path)) return [];
  const db = new DatabaseSync(path, { readOnly: true, timeout: 5_000 });
  try {
    const rows = db.prepare("SELECT topic, payload FROM message ORDER BY seq").all();
    return rows.map(({ topic, payload }) => ({
      topic: String(topic),
      payload: Buffer.from(payload as Uint8Array).toString(),
    }));
  } catch (error) {
    // The app is about to make the table.
    if (error instanceof Error && /no such table/.test(error.message)) return [];
    throw error;
  } finally {
    db.close();
  }
}

interface HistoryPage {
  readonly messages: readonly unknown[];
  readonly next: string | null;
}

async function readHistory({ client: { origin } }: Bed): Promise<readonly Stored[]> {
  const stored: Stored[] = [];
  const headers = { authorization: `Bearer ${relayKey(RELAY_SECRET)}` };
  for (let cursor: string | null = ""; cursor !== null; ) {
    const query = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const response = await fetch(`${origin}/v1/telemetry?limit=500${query}`, { headers });
    const page = (await response.json()) as HistoryPage;
    for (const message of page.messages) {
      const { topic, payload } = parseLine(JSON.stringify(message));
      stored.push({ topic, payload: typeof payload === "string" ? payload : JSON.stringify(payload) });
    }
    cursor = page.messages.length === 0 ? null : page.next;
  }
  return stored;
}
