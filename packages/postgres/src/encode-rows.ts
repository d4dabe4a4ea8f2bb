import type { Telemetry } from "@tesa/core";
import { BinaryArray } from "./binary-array.ts";
import { type Storable, storableJson, storableName, storableText, storableTime } from "./storable.ts";

/**
 * The mirror's own word in the column `warnings`: a column of this row holds something else than the message had, since
 * PostgreSQL cannot store that. The payload is never touched.
 */
export const REPLACED_WARNING = "column-replaced";

/** Taken where the log gives no time that can be stored, which no working clock does. */
const NO_TIME_MS = 0;

/**
 * The parameters of an insert: for each column of `COLUMNS` but `log_id`, in that order, an array with one element per
 * message. Never throws for what a message holds.
 */
export function encodeRows(messages: readonly Telemetry[]): Buffer[] {
  const count = messages.length;
  const seq = new BinaryArray("bigint", 12 * count);
  const receivedAt = new BinaryArray("timestamptz", 12 * count);
  const deviceTime = new BinaryArray("timestamptz", 12 * count);
  const topic = new BinaryArray("text", 200 * count);
  const deviceId = new BinaryArray("text", 120 * count);
  const sensor = new BinaryArray("text", 80 * count);
  const readings = new BinaryArray("jsonb", 400 * count);
  const payload = new BinaryArray("bytea", 4 * count + payloadBytes(messages));
  const format = new BinaryArray("text", 24 * count);
  const qos = new BinaryArray("smallint", 6 * count);
  const retained = new BinaryArray("boolean", 5 * count);
  const warnings = new BinaryArray("text", 32 * count);

  for (const message of messages) {
    let replaced = false;
    const storable = <T>(column: Storable<T>): T => {
      replaced ||= column.replaced;
      return column.value;
    };
    seq.addBigint(BigInt(message.seq));
    receivedAt.addTime(storable(storableTime(message.receivedAt)) ?? NO_TIME_MS);
    const time = message.timestamp === null ? null : storable(storableTime(message.timestamp));
    if (time === null) deviceTime.addNull();
    else deviceTime.addTime(time);
    topic.addText(storable(storableText(message.topic)));
    addName(deviceId, message.deviceId === null ? null : storable(storableName(message.deviceId)));
    addName(sensor, message.sensor === null ? null : storable(storableName(message.sensor)));
    readings.addJson(storable(storableJson(message.readings)));
    payload.addBytes(message.payload);
    format.addText(message.format);
    qos.addSmallint(message.qos);
    retained.addBoolean(message.retained);
    // One text per row: unnest() would flatten an array of arrays. No warning has a comma in it.
    warnings.addText([...message.warnings, ...(replaced ? [REPLACED_WARNING] : [])].join(","));
  }
  const columns = [
    seq,
    receivedAt,
    deviceTime,
    topic,
    deviceId,
    sensor,
    readings,
    payload,
    format,
    qos,
    retained,
    warnings,
  ];
  return columns.map((column) => column.finish());
}

/** How many bytes of payload and topic these messages have. */
export function payloadBytes(messages: readonly Telemetry[]): number {
  return messages.reduce((sum, { payload }) => sum + payload.length, 0);
}

function addName(column: BinaryArray, name: string | null): void {
  if (name === null) column.addNull();
  else column.addText(name);
}
