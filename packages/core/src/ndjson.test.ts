import fc from "fast-check";
import { expect, test } from "vitest";
// x
import { toNdjson } from "./ndjson.ts";
import type { Telemetry } from "./telemetry.ts";

const message = (part: Partial<Telemetry>): Telemetry => ({
  seq: 7,
  topic: "device/d1/telemetry/temperature",
  deviceId: "d1",
  sensor: "temperature",
  receivedAt: 1_770_201_045_500,
  timestamp: 1_770_201_045_123,
  readings: [{ sensor: "temperature", value: 25.5, unit: "°C" }],
  payload: bytes('{"value":25.5}'),
  format: "json",
  qos: 1,
  retained: false,
  warnings: ["device-mismatch"],
  ...part,
});

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

test("toNdjson() writes every field once, in a fixed order", () => {
  const line = toNdjson(message({}));
  expect(Object.keys(JSON.parse(line))).toEqual([
    "seq",
    "topic",
    "deviceId",
    "sensor",
    "receivedAt",
    "timestamp",
    "readings",
    "payload",
    "format",
    "qos",
    "retained",
    "warnings",
  ]);
  expect(JSON.parse(line)).toEqual({ ...message({}), payload: { value: 25.5 } });
});

test("toNdjson() keeps a JSON payload as the device wrote it", () => {
  const line = toNdjson(
    message({ payload: bytes('{ "id": 12345678901234567890, "v": 1.50, "__proto__": 1 }') }),
  );
  expect(line).toContain('"payload":{ "id": 12345678901234567890, "v": 1.50, "__proto__": 1 },');
});

test("toNdjson() gives one line for a payload of several, and drops its byte order mark", () => {
  const line = toNdjson(message({ payload: bytes('\uFEFF{\r\n  "a": "x\\ny\u2028z"\r\n}\n') }));
  expect(line).not.toMatch(/[\r\n\uFEFF]/);
  expect(JSON.parse(line).payload).toEqual({ a: "x\ny\u2028z" });
});

test("toNdjson() gives text as a string and bytes as base64", () => {
  const text = 'NaN "quoted"\n\u0000\u001b[31m';
  expect(JSON.parse(toNdjson(message({ payload: bytes(text), format: "text" }))).payload).toBe(text);
  expect(toNdjson(message({ payload: bytes(text), format: "text" }))).not.toMatch(/\n|\p{Cc}/u);
  const binary = toNdjson(message({ payload: Uint8Array.of(0xff, 0x00, 0xfe, 0x80), format: "binary" }));
  expect(JSON.parse(binary).payload).toBe("/wD+gA==");
});

test("toNdjson() keeps any bytes, whatever their number", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (payload) => {
      const line = toNdjson(message({ payload, format: "binary" }));
      expect(JSON.parse(line).payload).toBe(Buffer.from(payload).toString("base64"));
    }),
  );
});

test("toNdjson() keeps any JSON value, and is always one line that can be parsed", () => {
  fc.assert(
    fc.property(fc.json(), fc.string(), fc.boolean(), (json, topic, pretty) => {
      const payload = pretty ? JSON.stringify(JSON.parse(json), null, 2) : json;
      const line = toNdjson(message({ payload: bytes(payload), topic }));
      expect(line).not.toContain("\n");
      expect(JSON.parse(line)).toMatchObject({ topic, format: "json" });
      expect(JSON.parse(line).payload).toEqual(JSON.parse(json));
    }),
  );
});

test("toNdjson() keeps a bare number that a JavaScript number cannot hold", () => {
  expect(toNdjson(message({ payload: bytes("1e999") }))).toContain('"payload":1e999,');
});
