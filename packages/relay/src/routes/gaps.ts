import type { Context } from "hono";
import { PARAMETERS, readParameters } from "../http/parameters.ts";
import { authorizeFor, type RelayParts } from "../parts.ts";

export const GAPS_PARAMETERS: Pick<typeof PARAMETERS, "from" | "to"> = {
  from: PARAMETERS.from,
  to: PARAMETERS.to,
};

/** `GET /v1/gaps`: stretches of time of which messages may be missing, whichever the device. */
export async function gapsRoute(parts: RelayParts, context: Context): Promise<Response> {
  await authorizeFor(parts, context, "history");
  const { from, to } = readParameters(context, GAPS_PARAMETERS);
  const found = await parts.options.log.gaps({
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  });
  const gaps = found.map(({ id, kind, from, to, afterSeq }) => ({ id, kind, from, to, afterSeq }));
  context.header("cache-control", "no-store");
  return context.json({ gaps });
}
