import { type Telemetry, toNdjson } from "@tesa/core";
import type { TelemetryLog } from "@tesa/log";
import type { Context } from "hono";
import { formatEventId, parseEventId } from "../event-id.ts";
import { type Filter, logFilter, matchesFilter } from "../filter.ts";
import { PARAMETERS, readParameters } from "../http/parameters.ts";
import { Problem } from "../http/problem.ts";
import { allowedFilter } from "../keys/authorize.ts";
import { authorizeFor, type RelayParts } from "../parts.ts";

export const TELEMETRY_PARAMETERS: Pick<
  typeof PARAMETERS,
  "device" | "sensor" | "from" | "to" | "limit" | "cursor"
> = {
  device: PARAMETERS.device,
  sensor: PARAMETERS.sensor,
  from: PARAMETERS.from,
  to: PARAMETERS.to,
  limit: PARAMETERS.limit,
  cursor: PARAMETERS.cursor,
};

/** A request looks at the log so often at the most: one for what is rare gets an early, maybe empty, page. */
const MAX_READS = 10;

interface HistoryQuery {
  readonly filter: Filter;
  readonly after: number;
  readonly from: number | undefined;
  readonly to: number | undefined;
  readonly limit: number;
}

/** `GET /v1/telemetry`: history, the oldest first. */
export async function telemetryRoute(parts: RelayParts, context: Context): Promise<Response> {
  const grant = await authorizeFor(parts, context, "history");
  const { device, sensor, from, to, limit = 100, cursor } = readParameters(context, TELEMETRY_PARAMETERS);
  const { log } = parts.options;
  const filter = allowedFilter(grant, { device, sensor });
  const page = await readHistory(log, { filter, from, to, limit, after: readCursor(cursor, log.epoch) });
  const next = page.next === null ? null : formatEventId({ epoch: log.epoch, seq: page.next });
  // The messages are written as everywhere: JSON.parse would take digits off large integers.
  const body = `{"messages":[${page.messages.map(toNdjson).join(",")}],"next":${JSON.stringify(next)}}`;
  return context.body(body, 200, { "content-type": "application/json", "cache-control": "no-store" });
}

/** @throws Problem 400 for what is no cursor, 410 for one of an epoch that is over */
function readCursor(cursor: string | undefined, epoch: string): number {
  if (cursor === undefined) return 0;
  const id = parseEventId(cursor);
  if (id === null)
    throw new Problem(400, "bad-parameter", "cursor is none of this relay's: give the `next` of a page.");
  if (id.epoch === epoch) return id.seq;
  throw new Problem(
    410,
    "cursor-gone",
    "The log has been made anew since that page. Begin without a cursor.",
  );
}

async function readHistory(log: TelemetryLog, query: HistoryQuery) {
  const { filter, from, to, limit } = query;
  const bounds = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
  const messages: Telemetry[] = [];
  let { after } = query;
  for (let reads = 0; reads < MAX_READS; reads += 1) {
    const page = await log.read({ ...logFilter(filter), ...bounds, after, limit });
    for (const message of page.messages) {
      if (!matchesFilter(filter, message)) continue;
      messages.push(message);
      if (messages.length === limit) {
        return { messages, next: page.more || message.seq < page.lastSeq ? message.seq : null };
      }
    }
    after = page.lastSeq;
    if (!page.more) return { messages, next: null };
  }
  return { messages, next: after };
}
