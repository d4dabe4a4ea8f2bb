import { toNdjson } from "@tesa/core";
import type { Context } from "hono";
import { readParameters } from "../http/parameters.ts";
import { authorizeFor, type RelayParts } from "../parts.ts";

/** `GET /v1/devices`: those that the log knows and the key allows, with the newest message of each. */
export async function devicesRoute(parts: RelayParts, context: Context): Promise<Response> {
  const { devices: allowed } = await authorizeFor(parts, context, "history");
  readParameters(context, {});
  const latest = await parts.options.log.latest();
  const devices = latest.flatMap((message) => {
    const { deviceId, receivedAt, retained } = message;
    if (deviceId === null || (allowed !== null && !allowed.has(deviceId))) return [];
    // A message that the broker had in store says nothing about when the device was last there.
    const lastSeen = retained ? null : receivedAt;
    return [`{"deviceId":${JSON.stringify(deviceId)},"lastSeen":${lastSeen},"latest":${toNdjson(message)}}`];
  });
  return context.body(`{"devices":[${devices.join(",")}]}`, 200, {
    "content-type": "application/json",
    "cache-control": "no-store",
  });
}
