import type { Context } from "hono";
import type { RelayParts } from "../parts.ts";

/** `GET /v1/access`: whether a key is needed. A page asks first, so that it is not refused to find out. */
export function accessRoute({ options }: RelayParts, context: Context): Response {
  return context.json({ access: options.access.type });
}
