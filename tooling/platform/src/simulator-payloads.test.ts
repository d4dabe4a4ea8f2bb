import { expect, test } from "vitest";
import { createMessageSource, DEVICE_KINDS, type DeviceKind } from "./simulator-payloads.ts";

const NOON = Date.UTC(2026, 1, 4, 12);

function messages(kind: DeviceKind, options: { seed?: number; count?: number; startMs?: number } = {}) {
  const { seed = 1, count = 60, startMs = NOON } = options;
  const next = createMessageSource({ seed, deviceId: "d1", kind });
  return Array.from({ length: count }, (_, index) => {
    const { topic, payload } = next(startMs + index * 1_000);
    return { topic, json: JSON.parse(new TextDecoder().decode(payload)) };
  });
}

const withoutTime = (all: ReturnType<typeof messages>) =>
  all.map(({ topic, json }) => ({
    topic,
    json: typeof json === "object" ? { ...json, timestamp: undefined } : json,
  }));

test.each(DEVICE_KINDS)("a %s repeats itself, time stamps aside, with the same seed", (kind) => {
  const later = messages(kind, { startMs: NOON + 86_400_000 });
  expect(withoutTime(later)).toEqual(withoutTime(messages(kind)));
});

test.each(DEVICE_KINDS)("a %s differs with another seed", (kind) => {
  expect(withoutTime(messages(kind, { seed: 2 }))).not.toEqual(withoutTime(messages(kind)));
});

test.each(DEVICE_KINDS)(
  "a %s moves smoothly: no value jumps by more than a fifth of the range it has",
  (kind) => {
    const seen = new Map<string, number[]>();
    for (const { topic, json } of messages(kind, { count: 6_000 })) {
      const entries = typeof json === "object" ? Object.entries(json) : [["value", json]];
      for (const [name, value] of entries) {
        if (typeof value !== "number" || name === "timestamp") continue;
        const key = `${topic} ${name}`;
        seen.set(key, [...(seen.get(key) ?? []), value]);
      }
    }
    if (kind === "door") expect(seen.size).toBe(0);
    else expect(seen.size).toBeGreaterThan(0);
    for (const values of seen.values()) {
      const range = Math.max(...values) - Math.min(...values);
      const steps = values.slice(1).map((value, index) => Math.abs(value - (values[index] ?? Number.NaN)));
      expect(range).toBeGreaterThan(0);
      expect(Math.max(...steps)).toBeLessThanOrEqual(range / 5);
    }
  },
);

test("a climate sensor sends several readings in one flat payload on a topic without a sensor", () => {
  const [{ topic, json } = { topic: "", json: {} }] = messages("climate");
  expect(topic).toBe("device/d1/telemetry");
  expect(json).toEqual({
    timestamp: "2026-02-04T12:00:00.000Z",
    temperature: expect.any(Number),
    humidity: expect.any(Number),
    pressure: expect.any(Number),
    battery: expect.any(Number),
  });
});

test("a power meter sends one reading a message, with unit and metadata, its sensor in topic and payload", () => {
  const all = messages("power-meter", { count: 3 });
  expect(all.map(({ topic }) => topic)).toEqual([
    "device/d1/telemetry/power",
    "device/d1/telemetry/voltage",
    "device/d1/telemetry/energy",
  ]);
  expect(all[0]?.json).toEqual({
    timestamp: "2026-02-04T12:00:00.000Z",
    device_id: "d1",
    sensor: "power",
    value: expect.any(Number),
    unit: "W",
    metadata: { location: "Factory-A", quality: 0.98 },
  });
});

test("a motor has sensors of several levels", () => {
  const topics = messages("motor", { count: 3 }).map(({ topic }) => topic);
  expect(topics).toContain("device/d1/telemetry/motor/2/rpm");
});

test("a door sends booleans, both of them, with epoch milliseconds", () => {
  const all = messages("door").map(({ json }) => json);
  expect(new Set(all.map(({ value }) => value))).toEqual(new Set([true, false]));
  expect(all[0].timestamp).toBe(NOON);
});

test("a tank sends ISO time without an offset", () => {
  expect(messages("tank")[0]?.json.timestamp).toBe("2026-02-04T12:00:00.000");
});

test("a weather station sends epoch seconds", () => {
  expect(messages("weather")[0]?.json.timestamp).toBe(NOON / 1_000);
});

test("a flow meter sends a bare number", () => {
  expect(messages("flow")[0]?.json).toEqual(expect.any(Number));
});
