import type { Context } from "hono";
import { openWebStream } from "../http/web-outlet.ts";
import { sseWire } from "../hub/wire.ts";
import { authorizeFor, type RelayParts } from "../parts.ts";
import { arrive, readLiveRequest } from "./live.ts";

const HEADERS = {
  "content-type": "text/event-stream",
  "cache-control": "no-store",
  // nginx would hold events back to fill its buffer.
  "x-accel-buffering": "no",
};

/** `GET /v1/stream`: server-sent events. */
export async function streamRoute(parts: RelayParts, context: Context): Promise<Response> {
  const grant = await authorizeFor(parts, context, "stream");
  const arrival = await arrive(parts, readLiveRequest(context, grant));
  const { hub, options } = parts;
  const openStream = options.openStream ?? openWebStream;
  let response: Response | undefined;
  arrival.attach({ wire: sseWire, ...hub.sse }, (events) => {
    const opened = openStream(context, HEADERS, events);
    response = opened.response;
    return opened.outlet;
  });
  if (response === undefined) throw new Error("The stream was not opened.");
  return response;
}
