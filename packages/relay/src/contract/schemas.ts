import { z } from "zod";
import { UPSTREAM_TYPES } from "../hub/upstream.ts";

// What the relay sends, as the OpenAPI document describes it and as the tests check it.

const time = z.number().int().describe("Epoch milliseconds");
const nullableTime = z.number().int().nullable().describe("Epoch milliseconds");

const message = z.strictObject({
  seq: z.number().int().min(1).describe("The place in the log: order is seq, never a device's clock"),
  topic: z.string(),
  deviceId: z.string().nullable(),
  sensor: z.string().nullable(),
  receivedAt: time,
  timestamp: nullableTime,
  readings: z.array(
    z.strictObject({
      sensor: z.string(),
      value: z.union([z.number(), z.string(), z.boolean(), z.null()]),
      unit: z.string().nullable(),
    }),
  ),
  payload: z.unknown().describe("JSON as the device sent it; text as a string; anything else as base64"),
  format: z.enum(["json", "text", "binary"]),
  qos: z.union([z.literal(0), z.literal(1)]),
  retained: z.boolean(),
  warnings: z.array(z.string()),
});

const gap = {
  from: nullableTime,
  to: nullableTime,
  afterSeq: z.number().int().nullable().describe("The message behind which it lies"),
};

/** Every body and event, by name. */
export const SCHEMAS: Readonly<Record<SchemaName, z.ZodType>> = {
  Message: message,
  Gap: z.strictObject({ kind: z.enum(["certain", "possible", "removed"]), ...gap }),
  State: z.strictObject({
    type: z.enum(UPSTREAM_TYPES),
    since: time,
    retryAt: nullableTime,
    code: z.string().nullable(),
    message: z.string().nullable(),
  }),
  Telemetry: z.strictObject({
    messages: z.array(message),
    next: z.string().nullable().describe("The cursor of the next page; null when this is the last one now"),
  }),
  Devices: z.strictObject({
    devices: z.array(
      z.strictObject({
        deviceId: z.string(),
        lastSeen: nullableTime.describe("Epoch milliseconds; null when only a retained message is known"),
        latest: message,
      }),
    ),
  }),
  Gaps: z.strictObject({
    gaps: z.array(
      z.strictObject({ id: z.number().int().min(1), kind: z.enum(["certain", "possible"]), ...gap }),
    ),
  }),
  Access: z.strictObject({ access: z.enum(["keys", "open"]).describe("`keys`: every request needs one") }),
  Ticket: z.strictObject({ ticket: z.string(), expiresAt: time }),
  Problem: z.strictObject({
    type: z.literal("about:blank"),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    code: z.string().describe("What went wrong, for programs"),
  }),
};

export type SchemaName =
  | "Message"
  | "Gap"
  | "State"
  | "Telemetry"
  | "Devices"
  | "Gaps"
  | "Access"
  | "Ticket"
  | "Problem";
