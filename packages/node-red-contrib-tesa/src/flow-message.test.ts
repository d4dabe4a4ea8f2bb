import { type DecodeInput, decode, type Telemetry } from "@tesa/core";
import { expect, test } from "vitest";
import { MAX_NESTING, telemetryMessage } from "./flow-message.ts";

function telemetry(payload: string): Telemetry {
  const input: DecodeInput = {
    topic: "device/a/telemetry",
    payload: new TextEncoder().encode(payload),
    qos: 1,
    retained: false,
    receivedAt: 1,
  };
  return { seq: 7, ...decode(input) };
}

test("a message in the flow is the object that the line of JSON is, and the line itself", () => {
  const message = telemetryMessage(telemetry('{"id":12345678901234567890}'));
  expect(message).toMatchObject({ topic: "device/a/telemetry", payload: { seq: 7, deviceId: "a" } });
  expect(message.ndjson).toContain('"payload":{"id":12345678901234567890}');
  expect(message.payload).toEqual(JSON.parse(message.ndjson ?? ""));
});

test.each([
  ["arrays", (levels: number) => `{"value":1,"x":${"[".repeat(levels)}${"]".repeat(levels)}}`],
  ["objects", (levels: number) => `{"value":1,"x":${'{"y":'.repeat(levels)}0${"}".repeat(levels)}}`],
])(
  "%s nested too deep for Node-RED to copy are text in the object, and as they came in the line",
  (_, nest) => {
    const deepest = telemetryMessage(telemetry(nest(MAX_NESTING - 1)));
    expect(deepest.payload).toEqual(JSON.parse(deepest.ndjson ?? ""));

    for (const levels of [MAX_NESTING, 100_000]) {
      const payload = nest(levels);
      const message = telemetryMessage(telemetry(payload));
      expect(message.payload).toMatchObject({
        payload,
        readings: [{ value: 1 }],
        format: "json",
        warnings: ["payload-as-text"],
      });
      expect(message.ndjson).toContain(`"payload":${payload},"format":"json"`);
      expect(message.ndjson).toContain('"warnings":[]');
    }
  },
);
