import { type Telemetry, toNdjson } from "@tesa/core";
import type { NodeMessage } from "./node-red.ts";

/**
 * How deep JSON may be nested to be handed on as objects. Node-RED copies a message for each further node that gets it,
 * level by level, and runs out of stack at some thousands; nodes behind have less.
 */
export const MAX_NESTING = 100;

/**
 * What a flow gets of a message: the line of JSON that every other client writes, digit for digit, and the object that it
 * is. JSON that is nested deeper than {@link MAX_NESTING} levels is text in the object, with the warning
 * `"payload-as-text"`; its readings are there all the same.
 */
export function telemetryMessage(message: Telemetry): NodeMessage {
  const ndjson = toNdjson(message);
  const object = JSON.parse(ndjson);
  if (isNested(object.payload, MAX_NESTING)) {
    object.payload = new TextDecoder().decode(message.payload);
    object.warnings = [...message.warnings, "payload-as-text"];
  }
  return { topic: message.topic, payload: object, ndjson };
}

/** Whether there are objects or arrays in each other, more than so many. */
function isNested(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isNested(inner, levels - 1));
}
