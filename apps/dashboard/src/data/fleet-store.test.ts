import { describe, expect, test } from "vitest";
import { HOSTILE_NAMES, message } from "../testing/messages.ts";
import { FleetStore } from "./fleet-store.ts";

const reading = (value: number | string | boolean | null, sensor = "s", unit: string | null = null) => ({
  sensor,
  value,
  unit,
});

test("a message makes its device known, with its newest values and their course", () => {
  const store = new FleetStore();
  store.ingest(message({ receivedAt: 1_000, readings: [reading(1)] }));
  store.ingest(message({ receivedAt: 3_000, readings: [reading(2)] }));
  const device = store.devices.get("d1");
  const series = device?.series.get("s\u0000");
  expect(device).toMatchObject({ lastSeen: 3_000, intervalMs: 2_000, messages: 2 });
  expect([series?.latest, series?.points.length, series?.points.valueAt(0)]).toEqual([2, 2, 1]);
  expect([store.messages, store.readings]).toEqual([2, 2]);
});

test("a message that the broker had in store shows its values but makes no device fresh", () => {
  const store = new FleetStore();
  store.ingest(message({ retained: true, readings: [reading(7)] }));
  const device = store.devices.get("d1");
  expect(device?.lastSeen).toBe(Number.NEGATIVE_INFINITY);
  expect(device?.series.get("s\u0000")?.latest).toBe(7);
});

test("the same sensor with another unit is another series", () => {
  const store = new FleetStore();
  store.ingest(message({ readings: [reading(1, "t", "°C"), reading(1, "t", "°F")] }));
  expect(store.devices.get("d1")?.series.size).toBe(2);
});

test("texts, nothing and numbers beyond any axis are shown, not drawn", () => {
  const store = new FleetStore();
  for (const value of ["open", null, 1e300, -1e300, Number.MAX_VALUE]) {
    store.ingest(message({ readings: [reading(value)] }));
    const series = store.devices.get("d1")?.series.get("s\u0000");
    expect(series?.latest).toBe(value);
    expect(series?.points.length).toBe(0);
  }
});

test("booleans are drawn as a switch, until a number comes", () => {
  const store = new FleetStore();
  store.ingest(message({ readings: [reading(true)] }));
  store.ingest(message({ readings: [reading(false)] }));
  const series = store.devices.get("d1")?.series.get("s\u0000");
  expect([series?.isSwitch, series?.points.valueAt(0), series?.points.valueAt(1)]).toEqual([true, 1, 0]);
  store.ingest(message({ readings: [reading(3)] }));
  expect(series?.isSwitch).toBe(false);
});

test("any name of a device, sensor or unit is taken in, bounded, and stays a name of its own", () => {
  const store = new FleetStore();
  for (const name of HOSTILE_NAMES) {
    store.ingest(message({ deviceId: name, readings: [reading(1, name, name), reading(name, "text")] }));
  }
  expect(store.devices.size).toBe(HOSTILE_NAMES.length);
  for (const device of store.devices.values()) {
    expect(device.id.length).toBeLessThanOrEqual(160);
    for (const { sensor, unit, latest } of device.series.values()) {
      expect(Math.max(sensor.length, (unit ?? "").length, String(latest).length)).toBeLessThanOrEqual(300);
    }
  }
});

test("two long names that differ at their end only stay two devices", () => {
  const store = new FleetStore();
  for (const end of ["a", "b"]) store.ingest(message({ deviceId: "x".repeat(10_000) + end }));
  expect(store.devices.size).toBe(2);
});

test("5,000 devices at once are kept; beyond the limit those that were silent for longest go", () => {
  const store = new FleetStore({ maxDevices: 5_000 });
  for (let number = 0; number < 6_000; number += 1) {
    store.ingest(message({ deviceId: `d${number}`, receivedAt: 1_000 + number }));
  }
  expect(store.devices.size).toBeLessThanOrEqual(5_000);
  expect(store.devices.size).toBeGreaterThan(4_000);
  expect(store.devices.has("d0")).toBe(false);
  expect(store.devices.has("d5999")).toBe(true);
});

test("a device with endlessly many sensors keeps the first of them", () => {
  const store = new FleetStore({ maxSeries: 8 });
  for (let number = 0; number < 1_000; number += 1) {
    store.ingest(message({ readings: [reading(number, `s${number}`)] }));
  }
  expect(store.devices.get("d1")?.series.size).toBe(8);
  expect(store.seriesLeftOut).toBe(992);
  expect(store.readings).toBe(1_000);
});

test("times in 1970, in the future and out of order neither break order nor freshness", () => {
  const store = new FleetStore();
  const times = [0, 1, 4e12, 8e15, 1_700_000_000_000];
  for (const timestamp of times) {
    store.ingest(message({ timestamp, receivedAt: 1_700_000_001_000, readings: [reading(1)] }));
  }
  const device = store.devices.get("d1");
  expect(device?.lastSeen).toBe(1_700_000_001_000);
  expect(device?.marked).toEqual({ late: 0, clock: 4, malformed: 0 });
});

test("where the clock that stamps messages is put back, a device is as fresh as its last message, and is counted", () => {
  const store = new FleetStore();
  const send = (receivedAt: number) => store.ingest(message({ receivedAt }));
  for (let at = 7_200_000; at < 7_300_000; at += 10_000) send(at);
  for (let at = 3_600_000; at < 3_700_000; at += 5_000) send(at);
  const device = store.devices.get("d1");
  expect(device?.lastSeen).toBe(3_695_000);
  expect(device?.intervalMs).toBeLessThan(7_000);
  expect(store.rate.perSecond(3_700_000, 20)).toBe(0.2);
});

test("a gap that is told twice is one gap", () => {
  const store = new FleetStore();
  store.addGap({ kind: "certain", from: 1, to: 2 });
  store.addGap({ kind: "certain", from: 1, to: 2 });
  store.addGap({ kind: "possible", from: 1, to: 2 });
  expect(store.gaps.length).toBe(2);
});

test("whoever listens to a device sees its messages, after the store has taken them in", () => {
  const store = new FleetStore();
  const seen: number[] = [];
  const stop = store.listen("d1", ({ seq }) => seen.push(seq, store.messages));
  store.ingest(message({ seq: 7 }));
  store.ingest(message({ seq: 8, deviceId: "d2" }));
  stop();
  store.ingest(message({ seq: 9 }));
  expect(seen).toEqual([7, 1]);
});

describe("after an outage", () => {
  const START = 1_700_000_000_000;
  /** A device that sent every 5 s for a minute, then an outage of a minute, and all of it at once at its end. */
  function withBacklog({ hasClock = true, isEarly = false } = {}) {
    const store = new FleetStore();
    store.reception.resumed(START);
    const send = (at: number, receivedAt: number) =>
      store.ingest(
        message({ receivedAt, timestamp: hasClock ? at : null, readings: [reading((at - START) / 1_000)] }),
      );
    for (let at = 0; at <= 60_000; at += 5_000) send(START + at, START + at);
    store.reception.lost(START + 61_000);
    // A broker sends what it has kept before it is known that the page is live again.
    if (!isEarly) store.reception.resumed(START + 121_000);
    // What is new may come first.
    send(START + 120_500, START + 121_000);
    for (let at = 65_000; at < 120_000; at += 5_000) send(START + at, START + 121_100);
    if (isEarly) store.reception.resumed(START + 121_200);
    for (let at = 130_000; at <= 150_000; at += 5_000) send(START + at, START + at);
    const device = store.devices.get("d1");
    const series = device?.series.get("s\u0000");
    if (device === undefined || series === undefined) throw new Error("The device is not there.");
    return { store, device, series };
  }

  test.each([true, false])(
    "what was held up is drawn at its own time, in order, before all is live again: %s",
    (isEarly) => {
      const { device, series } = withBacklog({ isEarly });
      const drawn = Array.from({ length: series.points.length }, (_, index) => [
        series.points.timeAt(index) - START,
        series.points.valueAt(index) * 1_000,
      ]);
      expect(drawn).toHaveLength(30);
      for (const [time = 0, sentAt = 0] of drawn) expect(Math.abs(time - sentAt)).toBeLessThanOrEqual(500);
      expect(series.latest).toBe(150);
      expect(device.marked.late).toBe(11);
    },
  );

  test("neither the usual interval nor the rate jumps", () => {
    for (const [hasClock, isEarly] of [
      [true, true],
      [true, false],
      [false, true],
      [false, false],
    ] as const) {
      const { device } = withBacklog({ hasClock, isEarly });
      expect(device.intervalMs).toBeGreaterThan(4_000);
      expect(device.intervalMs).toBeLessThan(6_000);
    }
    const { store } = withBacklog();
    const history = store.rate.history(START + 122_000);
    expect(Math.max(...history)).toBe(1);
    // The seconds of the outage have what was sent in them, as far back as is kept.
    expect(history.slice(25, 58).reduce((sum, count) => sum + count)).toBe(6);
  });

  test("a device whose last words were held up is not fresh for it", () => {
    const store = new FleetStore();
    for (let at = 0; at <= 10_000; at += 1_000) {
      store.ingest(message({ timestamp: START + at, receivedAt: START + at }));
    }
    store.ingest(message({ timestamp: START + 11_000, receivedAt: START + 600_000 }));
    expect(store.devices.get("d1")?.lastSeen).toBe(START + 11_000);
  });

  test("lines are broken at gaps and where the page was away; the list is the same until there is another", () => {
    const store = new FleetStore();
    expect(store.breaks()).toEqual([]);
    store.reception.missed(1, 2);
    store.addGap({ kind: "skipped", from: 3, to: 4 });
    const breaks = store.breaks();
    expect(breaks).toEqual([
      { kind: "skipped", from: 3, to: 4 },
      { kind: "away", from: 1, to: 2 },
    ]);
    expect(store.breaks()).toBe(breaks);
  });
});
