import { decode, toNdjson } from "@tesa/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { parseRecorded } from "./parse-recorded.ts";

const received = {
  topic: "device/g1/telemetry/t",
  qos: 1,
  retained: false,
  receivedAt: 1_770_000_000_000,
} as const;

test("parseRecorded() reads back whatever a device may send, byte for byte", () => {
  const payload = fc.oneof(
    fc.json().map((text) => Buffer.from(text)),
    fc.string({ unit: "binary" }).map((text) => Buffer.from(text)),
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    fc
      .constantFrom(
        '{"format":"x","payload":{"format":1}}',
        '"\\",\\"payload\\":1,\\"format\\":"',
        "12345678901234567890.10",
      )
      .map((text) => Buffer.from(text)),
  );
  fc.assert(
    fc.property(payload, fc.string(), (bytes, topic) => {
      const line = toNdjson({ ...decode({ ...received, topic, payload: bytes }), seq: 7 });
      const message = parseRecorded(line);
      expect(message && toNdjson(message)).toBe(line);
    }),
  );
});

test("parseRecorded() takes keys in any order, and needs only what a replay depends on", () => {
  const line =
    '{"format":"json","payload":{"value":1},"receivedAt":5,"topic":"device/g1/telemetry","extra":[]}';
  expect(parseRecorded(line)).toMatchObject({
    topic: "device/g1/telemetry",
    receivedAt: 5,
    deviceId: null,
    readings: [],
    qos: 1,
    payload: Buffer.from('{"value":1}'),
  });
});

test.each([
  "",
  "null",
  "[]",
  "{}",
  '{"topic":"t","receivedAt":5,"format":"json"',
  '{"topic":"t","receivedAt":5,"format":"json"}',
  '{"topic":"t","receivedAt":"5","format":"json","payload":1}',
  '{"topic":"t","receivedAt":5,"format":"xml","payload":1}',
  '{"topic":"t","receivedAt":5,"format":"text","payload":1}',
  '{"topic":1,"receivedAt":5,"format":"json","payload":1}',
])("parseRecorded() takes %j for no message", (line) => {
  expect(parseRecorded(line)).toBeUndefined();
});
