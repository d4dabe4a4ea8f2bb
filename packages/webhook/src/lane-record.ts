import type { Cursor, TelemetryLog } from "@tesa/log";
import type { BatchRange } from "./worklist.ts";

/** What a lane keeps beside its position, in the log: which batches were cut, so that each is sent again as it was. */
export interface LaneRecord {
  readonly version: 1;
  readonly epoch: string;
  readonly pending: readonly BatchRange[];
}

/** A lane's place, and where it goes on. */
export interface LanePlace {
  readonly cursor: Cursor<LaneRecord>;
  readonly position: number;
  readonly pending: readonly BatchRange[];
}

/**
 * Opens the places of a reader's lanes, in order.
 *
 * A reader that has never been there begins with the oldest message that there is. After a change of the number of
 * lanes each begins where every lane of the old number had been, at the least: some messages may be delivered again, and
 * under other ids, but none is left out.
 */
export async function openPlaces(
  log: Pick<TelemetryLog, "bounds" | "cursor" | "cursors" | "epoch">,
  reader: string,
  lanes: number,
): Promise<readonly LanePlace[]> {
  const known = (await log.cursors()).flatMap(({ name, position }) => placeOf(reader, name, position));
  const { firstSeq, lastSeq } = await log.bounds();
  const start = known.length === 0 ? Math.max(firstSeq - 1, 0) : commonPosition(known, lanes, lastSeq);
  const places: LanePlace[] = [];
  try {
    for (let lane = 0; lane < lanes; lane += 1) {
      const cursor = await log.cursor<LaneRecord>(`${reader}:${lane}/${lanes}`);
      places.push(goOn(cursor, start, log.epoch));
    }
  } catch (error) {
    for (const { cursor } of places) cursor.close();
    throw error;
  }
  return places;
}

function goOn(cursor: Cursor<LaneRecord>, start: number, epoch: string): LanePlace {
  const record = cursor.state;
  if (record === null) return { cursor, position: Math.max(cursor.position, start), pending: [] };
  // In another epoch the same numbers are other messages: all that is there now is new.
  if (record.epoch !== epoch) return { cursor, position: 0, pending: [] };
  return { cursor, position: Math.max(cursor.position, start), pending: record.pending };
}

interface KnownPlace {
  readonly lane: number;
  readonly lanes: number;
  readonly position: number;
}

function placeOf(reader: string, name: string, position: number): KnownPlace[] {
  if (!name.startsWith(`${reader}:`)) return [];
  const match = /^(\d+)\/(\d+)$/.exec(name.slice(reader.length + 1));
  return match === null ? [] : [{ lane: Number(match[1]), lanes: Number(match[2]), position }];
}

/** Up to where all lanes of another number had dealt with everything; of several numbers, the furthest. */
function commonPosition(known: readonly KnownPlace[], lanes: number, lastSeq: number): number {
  const others = [...new Set(known.map((place) => place.lanes))].filter((number) => number !== lanes);
  const common = others.map((number) => {
    const positions = known.filter((place) => place.lanes === number).map(({ position }) => position);
    return positions.length < number ? 0 : Math.min(...positions);
  });
  // A place beyond the end belongs to an earlier epoch.
  return Math.max(0, ...common.filter((position) => position <= lastSeq));
}
