import type { Telemetry } from "@tesa/core";
import type { TelemetryLog } from "@tesa/log";
import type { Selection } from "../log-query.ts";

type Readable = Pick<TelemetryLog, "bounds" | "read">;

/** Messages that are asked for in one go at the most. */
const PAGE = 1_000;

/** A stretch of the log. */
interface Stretch {
  readonly after: number;
  readonly upTo: number;
}

/**
 * All messages of a selection, oldest first, page by page; those that come while it reads are left out.
 * @throws TesaError `log`
 */
export async function* selectAll(log: Readable, selection: Selection): AsyncGenerator<readonly Telemetry[]> {
  const { lastSeq } = await log.bounds();
  yield* selectWithin(log, selection, { after: 0, upTo: lastSeq });
}

/**
 * The newest messages of a selection, oldest first. The log is looked through backwards, in stretches that grow as long
 * as too little is found.
 * @throws TesaError `log`
 */
export async function selectNewest(
  log: Readable,
  selection: Selection,
  limit: number,
): Promise<readonly Telemetry[]> {
  const { firstSeq, lastSeq } = await log.bounds();
  let found: Telemetry[] = [];
  let upTo = lastSeq;
  for (let size = Math.max(limit, PAGE); found.length < limit && upTo >= firstSeq && upTo > 0; size *= 4) {
    const after = Math.max(0, firstSeq - 1, upTo - size);
    let earlier: Telemetry[] = [];
    for await (const messages of selectWithin(log, selection, { after, upTo })) {
      earlier = [...earlier, ...messages].slice(-limit);
    }
    found = [...earlier, ...found].slice(-limit);
    upTo = after;
  }
  return found;
}

async function* selectWithin(
  log: Readable,
  selection: Selection,
  { after, upTo }: Stretch,
): AsyncGenerator<readonly Telemetry[]> {
  for (let place = after; place < upTo; ) {
    const { messages, lastSeq, more } = await log.read({ ...selection, after: place, limit: PAGE });
    const inside = messages.filter(({ seq }) => seq <= upTo);
    if (inside.length > 0) yield inside;
    if (!more) return;
    place = lastSeq;
  }
}
