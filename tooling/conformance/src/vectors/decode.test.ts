import { decode, type Telemetry, toNdjson } from "@tesa/core";
import { expect, test } from "vitest";
import { type PayloadInput, payloadBytes, readVectors } from "./read-vectors.ts";

type DecodeInput = PayloadInput & { readonly topic: string };

type ExpectedLine = Pick<
  Telemetry,
  "deviceId" | "sensor" | "timestamp" | "readings" | "format" | "warnings"
> & {
  /** The key `payload` of the line, for text and binary. */
  readonly payload?: string;
  /** What stands behind `"payload":`, character for character. */
  readonly payloadText?: string;
};

test.each(readVectors<DecodeInput, ExpectedLine>("decode"))("decode: $name", ({ input, expected }) => {
  const { payload, payloadText, ...fields } = expected;
  const message = decode({
    topic: input.topic,
    payload: payloadBytes(input),
    qos: 1,
    retained: false,
    receivedAt: 0,
  });
  const line = toNdjson({ seq: 1, ...message });
  expect(line).not.toMatch(/[\r\n]/);
  const written = JSON.parse(line);
  expect(written).toMatchObject({ seq: 1, topic: input.topic, qos: 1, retained: false, receivedAt: 0 });
  expect(comparable(written)).toEqual(comparable(fields));
  if (payload !== undefined) expect(written.payload).toBe(payload);
  if (payloadText !== undefined) expect(line).toContain(`"payload":${payloadText},"format"`);
});

/** Neither the keys of a JSON object nor warnings have an order. */
function comparable({ deviceId, sensor, timestamp, readings, format, warnings }: ExpectedLine) {
  const sorted = [...readings].sort((a, b) => (a.sensor < b.sensor ? -1 : 1));
  return { deviceId, sensor, timestamp, readings: sorted, format, warnings: [...warnings].sort() };
}
