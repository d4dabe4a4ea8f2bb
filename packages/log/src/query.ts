import { type Telemetry, TesaError } from "@tesa/core";
import type { ReadQuery } from "./telemetry-log.ts";

/** A {@link ReadQuery} with its defaults filled in. */
export type CheckedQuery = ReadQuery & { readonly after: number; readonly limit: number };

/** How many messages are looked at in one call, so that a filter that matches nothing blocks nobody for long. */
export const SCAN_ROWS = 20_000;
/** The same where each has to be decoded first, to know the sensors of its readings. */
export const SCAN_ROWS_DECODED = 5_000;
/** The most payload and topic that is looked at in one call, in bytes, unless a single message is larger. */
export const PAGE_BYTES: number = 16 * 1024 * 1024;

const DEFAULT_LIMIT = 1_000;
const MAX_LIMIT = 10_000;

/** @throws TesaError `usage` if `after` or `limit` is out of range */
export function checkedQuery(query: ReadQuery): CheckedQuery {
  const { after = 0, limit = DEFAULT_LIMIT } = query;
  if (!Number.isSafeInteger(after) || after < 0) {
    throw new TesaError("usage", `"after" is ${after}: give the seq of a message, or 0 for the beginning.`);
  }
  return { ...query, after, limit: checkedLimit(limit, MAX_LIMIT) };
}

/** @throws TesaError `usage` if the limit is out of range */
export function checkedLimit(limit: number, max: number): number {
  if (Number.isSafeInteger(limit) && limit >= 1 && limit <= max) return limit;
  throw new TesaError("usage", `"limit" is ${limit}: give a whole number from 1 to ${max}.`);
}

/** How many messages one call may look at. */
export function scanRows({ device, sensor, from, to, limit }: CheckedQuery): number {
  if (sensor !== undefined) return SCAN_ROWS_DECODED;
  if (device !== undefined || from !== undefined || to !== undefined) return SCAN_ROWS;
  return limit;
}

/** Whether a message is one of those asked for; `after` and `limit` are not looked at. */
export function matchesQuery(message: Telemetry, { device, sensor, from, to }: ReadQuery): boolean {
  if (device !== undefined && message.deviceId !== device) return false;
  if (from !== undefined && message.receivedAt < from) return false;
  if (to !== undefined && message.receivedAt >= to) return false;
  return sensor === undefined || holdsSensor(message, sensor);
}

function holdsSensor(message: Telemetry, sensor: string): boolean {
  return message.sensor === sensor || message.readings.some((reading) => reading.sensor === sensor);
}
