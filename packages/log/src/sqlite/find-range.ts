import { type CheckedQuery, PAGE_BYTES, scanRows } from "../query.ts";
import type { Extent } from "./extent.ts";
import type { MessageTable, Range } from "./message-table.ts";

/** What one call of `read()` looks at, and the end of all it could look at. */
export interface ReadRange extends Range {
  /** The last `seq` at which something that is asked for can lie. */
  readonly end: number;
}

/**
 * Where to look for what is asked for: as little as time and bounds allow. Time is found by bisection, since it goes on
 * with `seq` but for `clockBackstep`: the farthest that the clock was ever put back.
 */
export function findRange(table: MessageTable, extent: Extent, query: CheckedQuery): ReadRange {
  const { firstSeq, lastSeq, clockBackstep } = extent;
  const first = Math.max(query.after + 1, firstSeq);
  const { from, to } = query;
  // A message of an earlier time than that, and all before it, came before `from`.
  const start =
    from === undefined ? first : findTime(table, { start: first, stop: lastSeq }, from - clockBackstep);
  // At a message of a later time than that, and at all behind it, `to` is over.
  const end = to === undefined ? lastSeq : findTime(table, { start, stop: lastSeq }, to + clockBackstep) - 1;
  const stop = Math.min(end, start + scanRows(query) - 1);
  return { start, stop: findBytes(table, { start, stop }), end };
}

/** How many messages came at `time` or later, or a few more; `atMost` if they are more, or not all there any longer. */
export function countSince(table: MessageTable, extent: Extent, time: number, atMost: number): number {
  const { firstSeq, lastSeq, clockBackstep } = extent;
  const start = findTime(table, { start: firstSeq, stop: lastSeq }, time - clockBackstep);
  const isCut = start === firstSeq && firstSeq > 1;
  return isCut ? atMost : Math.min(atMost, lastSeq - start + 1);
}

/** The first `seq` found whose message came at `time` or later; `stop + 1` if there is none. */
function findTime(table: MessageTable, { start, stop }: Range, time: number): number {
  return bisect({ start, stop }, (seq) => (table.receivedAt(seq) ?? 0) >= time);
}

/** Shortens a range that holds too many bytes; one message is always left. */
function findBytes(table: MessageTable, { start, stop }: Range): number {
  if (stop <= start) return stop;
  const most = (table.bytesBefore(start) ?? 0) + PAGE_BYTES;
  const isOver = (seq: number): boolean => (table.bytesBefore(seq) ?? 0) > most;
  if (!isOver(stop)) return stop;
  return Math.max(start, bisect({ start, stop }, isOver) - 1);
}

/** The first of a range for which it is true, when it stays true from there on; `stop + 1` if it never is. */
function bisect({ start, stop }: Range, isTrue: (seq: number) => boolean): number {
  let low = start;
  let high = stop + 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (isTrue(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
