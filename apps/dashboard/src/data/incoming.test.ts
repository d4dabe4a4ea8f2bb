import { decode, toNdjson } from "@tesa/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { parseIncoming } from "./incoming.ts";

test("a line as every relay writes it becomes a message", () => {
  const payload = new TextEncoder().encode('{"value":25.5,"unit":"°C"}');
  const topic = "device/d1/telemetry/temperature";
  const decoded = decode({ topic, payload, qos: 1, retained: false, receivedAt: 5 });
  const line = toNdjson({ ...decoded, seq: 3 });
  expect(parseIncoming(line)).toEqual({
    seq: 3,
    topic,
    deviceId: "d1",
    sensor: "temperature",
    receivedAt: 5,
    timestamp: null,
    readings: [{ sensor: "temperature", value: 25.5, unit: "°C" }],
    format: "json",
    retained: false,
    warnings: [],
    line,
  });
});

test("of a message from somewhere else only what is as agreed is kept", () => {
  const line =
    '{"seq":1,"receivedAt":2,"readings":[{"sensor":"a","value":{},"unit":null},{"sensor":"b","value":1,"unit":null},null]}';
  expect(parseIncoming(line)).toMatchObject({ deviceId: null, readings: [{ sensor: "b" }], warnings: [] });
});

test("what is no message is none, whatever it is", () => {
  for (const line of ["", "null", "[]", "1", "{}", '{"seq":"1"}', "<html>"])
    expect(parseIncoming(line)).toBeNull();
  fc.assert(fc.property(fc.json(), (line) => void parseIncoming(line)));
});
