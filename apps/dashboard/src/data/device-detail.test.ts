import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { message } from "../testing/messages.ts";
import { DeviceDetail } from "./device-detail.ts";
import { FleetStore } from "./fleet-store.ts";
import { lineOf } from "./incoming.ts";
import { seriesKey } from "./series.ts";

test("DeviceDetail keeps the lines of a device, and not everything that came with them", () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const store = new FleetStore();
  const detail = new DeviceDetail({ deviceId: "d1", store, history: undefined, now: () => 0 });
  collect();
  const before = process.memoryUsage().heapUsed;
  const read = new TextDecoder();
  for (let index = 0; index < 100; index += 1) {
    const chunk = read.decode(new Uint8Array(500_000).fill(0x61 + (index % 20)));
    store.ingest(message({ deviceId: "d1", line: chunk.slice(1_000, 1_400) }));
  }
  collect();
  const kept = process.memoryUsage().heapUsed - before;
  expect(detail.messages).toHaveLength(100);
  expect(detail.messages.map(({ message }) => lineOf(message))).toEqual(
    Array.from({ length: 100 }, (_, index) => String.fromCharCode(0x61 + (index % 20)).repeat(400)),
  );
  // The chunks are 50 MB.
  expect(kept).toBeLessThan(10_000_000);
  detail.close();
});

test("DeviceDetail says why there is no history: in direct mode, of ids that no relay takes, or since it failed", async () => {
  const opened = (deviceId: string, history: (() => AsyncGenerator<never>) | undefined) => {
    const store = new FleetStore();
    store.ingest(message({ deviceId }));
    return new DeviceDetail({ deviceId, store, history, now: () => 10 });
  };
  // biome-ignore lint/correctness/useYield: it fails before it could
  async function* failing(): AsyncGenerator<never> {
    throw new Error("no");
  }
  expect(opened("d1", undefined).history).toEqual({ type: "none", reason: "direct" });
  expect(opened("", failing).history).toEqual({ type: "none", reason: "unaskable" });
  expect(opened("x".repeat(257), failing).history).toEqual({ type: "none", reason: "unaskable" });
  const detail = opened("x".repeat(256), failing);
  expect(detail.history).toEqual({ type: "loading" });
  await detail.loadBackTo(0);
  expect(detail.history).toEqual({ type: "none", reason: "failed" });
});

test("DeviceDetail keeps what comes while history fails to be read: messages, texts and points, each once", async () => {
  const store = new FleetStore();
  const sent = (seq: number) =>
    message({
      deviceId: "d1",
      seq,
      receivedAt: seq,
      readings: [
        { sensor: "speed", value: seq, unit: null },
        { sensor: "mode", value: `m${seq}`, unit: null },
      ],
    });
  store.ingest(sent(1));
  const detail = new DeviceDetail({
    deviceId: "d1",
    store,
    // biome-ignore lint/correctness/useYield: it fails before it could
    async *history() {
      store.ingest(sent(2));
      throw new Error("no");
    },
    now: () => 10,
  });
  await detail.loadBackTo(0);
  store.ingest(sent(3));
  expect(detail.messages.map(({ message }) => message.seq)).toEqual([2, 3]);
  expect(detail.undrawn.map(({ value }) => value)).toEqual(["m2", "m3"]);
  const points = detail.series.get(seriesKey({ sensor: "speed", unit: null }))?.points;
  expect(Array.from({ length: points?.length ?? 0 }, (_, index) => points?.valueAt(index))).toEqual([
    1, 2, 3,
  ]);
  detail.close();
});

test("DeviceDetail has what no chart can draw, from history and live, once, and of long texts the beginning alone", async () => {
  const store = new FleetStore();
  const text = (seq: number, value: string | number | null) =>
    message({ deviceId: "d1", seq, receivedAt: seq, readings: [{ sensor: "mode", value, unit: null }] });
  store.ingest(text(1, "manual"));
  const detail = new DeviceDetail({
    deviceId: "d1",
    store,
    async *history() {
      yield [text(1, "manual"), text(2, 5), text(3, "x".repeat(1_000_000))];
    },
    now: () => 10,
  });
  store.ingest(text(3, "x".repeat(1_000_000)));
  store.ingest(text(4, null));
  await detail.loadBackTo(0);
  store.ingest(text(5, "automatic"));
  expect(detail.undrawn.map(({ time, value }) => [time, value])).toEqual([
    [1, "manual"],
    [3, `${"x".repeat(299)}…`],
    [4, null],
    [5, "automatic"],
  ]);
  detail.close();
});

test("what came late lies where it belongs, also where that is in a page of history that is read later", async () => {
  const START = 1_700_000_000_000;
  const sent = (at: number, receivedAt = at) =>
    message({
      seq: receivedAt + at / 1_000,
      timestamp: START + at,
      receivedAt: START + receivedAt,
      readings: [{ sensor: "s", value: at, unit: null }],
    });
  // Every minute for two hours; what was sent within the first half of the second one came at its end.
  const all = Array.from({ length: 120 }, (_, minute) => {
    const at = minute * 60_000;
    return minute >= 60 && minute < 90 ? sent(at, 7_200_000 + minute) : sent(at);
  }).sort((one, other) => one.receivedAt - other.receivedAt);
  const detail = new DeviceDetail({
    deviceId: "d1",
    store: new FleetStore(),
    history: async function* ({ from, to }) {
      yield all.filter(({ receivedAt }) => receivedAt >= from && receivedAt < to);
    },
    now: () => START + 7_260_000,
  });
  await detail.loadBackTo(START);
  const points = [...detail.series.values()][0]?.points;
  const drawn = Array.from({ length: points?.length ?? 0 }, (_, index) => [
    (points?.timeAt(index) ?? 0) - START,
    points?.valueAt(index),
  ]);
  expect(drawn).toEqual(Array.from({ length: 120 }, (_, minute) => [minute * 60_000, minute * 60_000]));
  expect(detail.marks.filter(({ mark }) => mark === "late")).toHaveLength(30);
  detail.close();
});

test("what only history has is a series with its newest value", async () => {
  const store = new FleetStore();
  const read = (seq: number, sensor: string, value: number | string) =>
    message({
      deviceId: "d1",
      seq,
      receivedAt: seq,
      timestamp: seq,
      readings: [{ sensor, value, unit: null }],
    });
  const detail = new DeviceDetail({
    deviceId: "d1",
    store,
    async *history() {
      yield [read(1, "b", 1), read(2, "b", 2), read(3, "a", "on")];
    },
    now: () => 10,
  });
  await detail.loadBackTo(0);
  expect([...detail.series.values()].map(({ sensor, latest }) => [sensor, latest])).toEqual([
    ["a", "on"],
    ["b", 2],
  ]);
  // By these it is told whether it is silent.
  expect([...detail.series.values()].map(({ seen }) => seen)).toEqual([[3], [1, 2]]);
  detail.close();
});

test("the device's own time stands by every reading, from history, live, late, and from what the fleet keeps", async () => {
  const START = 1_700_000_000_000;
  const sent = (seq: number, deviceMs: number | null, value: number | string, cameMs = seq * 1_000) =>
    message({
      seq,
      receivedAt: START + cameMs,
      timestamp: deviceMs === null ? null : START + deviceMs,
      readings: [{ sensor: "s", value, unit: null }],
    });
  const drawn = (detail: DeviceDetail) => {
    const points = [...detail.series.values()][0]?.points;
    return Array.from({ length: points?.length ?? 0 }, (_, index) => [
      points?.valueAt(index),
      deviceMs(points?.deviceTimeAt(index)),
    ]);
  };
  const deviceMs = (time: number | null = null) => (time === null ? null : time - START);
  const store = new FleetStore();
  const options = { deviceId: "d1", store, now: () => START + 10_000 };
  const detail = new DeviceDetail({
    ...options,
    async *history() {
      yield [sent(1, 900, 1), sent(2, null, 2), sent(3, 2_900, "on")];
    },
  });
  store.ingest(sent(4, 3_900, 4));
  await detail.loadBackTo(START);
  store.ingest(sent(5, null, "off"));
  // Held up for a minute.
  store.ingest(sent(6, 3_950, 6, 70_000));
  expect(drawn(detail)).toEqual([
    [1, 900],
    [2, null],
    [6, 3_950],
    [4, 3_900],
  ]);
  expect(detail.undrawn.map(({ value, deviceTime }) => [value, deviceMs(deviceTime)])).toEqual([
    ["on", 2_900],
    ["off", null],
  ]);
  detail.close();
  const direct = new DeviceDetail({ ...options, history: undefined });
  expect(drawn(direct)).toEqual([
    [6, 3_950],
    [4, 3_900],
  ]);
  direct.close();
});

test.each([
  ["before history is read", 0],
  ["while the newest page is read", 1],
  ["after the newest page", 1.5],
  ["while an earlier page is read", 2],
  ["after an earlier page", 2.5],
  ["with a part of it before the page was opened", -1],
] as const)(
  "what a relay replays stands once, in order, where the newest page is empty: %s",
  async (_, when) => {
    const NOW = 1_700_000_000_000;
    const sent = (seq: number, agoMs: number) =>
      message({
        seq,
        receivedAt: NOW - agoMs,
        readings: [
          { sensor: "s", value: seq, unit: null },
          { sensor: "mode", value: `m${seq}`, unit: null },
        ],
        format: "text",
      });
    const all = [sent(1, 500_000), sent(2, 400_000), sent(3, 350_000), sent(4, 300_000)];
    const replayed = all.slice(1);
    const store = new FleetStore();
    const replay = () => {
      for (const message of replayed.splice(0)) store.ingest(message);
    };
    if (when === -1) for (const message of replayed.splice(0, 1)) store.ingest(message);
    let pages = 0;
    const detail = new DeviceDetail({
      deviceId: "d1",
      store,
      async *history({ from, to }) {
        pages += 1;
        if (pages === when) replay();
        yield all.filter(({ receivedAt }) => receivedAt >= from && receivedAt < to);
      },
      now: () => NOW,
    });
    if (when < 1) replay();
    await detail.loadBackTo(NOW - 60_000);
    if (when === 1.5) replay();
    await detail.loadBackTo(NOW - 900_000);
    if (when === 2.5) replay();
    expect([pages, replayed]).toEqual([2, []]);
    store.ingest(sent(5, 0));
    expect(detail.messages.map(({ message }) => message.seq)).toEqual([1, 2, 3, 4, 5]);
    const points = detail.series.get(seriesKey({ sensor: "s", unit: null }))?.points;
    expect(Array.from({ length: points?.length ?? 0 }, (_, index) => points?.valueAt(index))).toEqual([
      1, 2, 3, 4, 5,
    ]);
    expect(detail.undrawn.map(({ value }) => value)).toEqual(["m1", "m2", "m3", "m4", "m5"]);
    expect(detail.marks.map(({ time }) => NOW - time)).toEqual([500_000, 400_000, 350_000, 300_000, 0]);
    detail.close();
  },
);

test.each([
  ["from history", false],
  ["live", true],
] as const)(
  "messages stand in the order of the log where the clock that stamps them was put back: %s",
  async (_, isLive) => {
    const store = new FleetStore();
    const sent = (seq: number, receivedAt: number) => message({ seq, receivedAt, timestamp: receivedAt });
    const all = [sent(1, 400_000), sent(2, 970_000), sent(3, 980_000), sent(4, 500_000), sent(5, 510_000)];
    const detail = new DeviceDetail({
      deviceId: "d1",
      store,
      async *history({ from, to }) {
        yield all.filter(({ receivedAt }) => receivedAt >= from && receivedAt < to);
      },
      now: () => 1_000_000,
    });
    await detail.loadBackTo(940_000);
    if (isLive) for (const message of all.slice(3)) store.ingest(message);
    await detail.loadBackTo(0);
    expect(detail.messages.map(({ message }) => message.seq)).toEqual([1, 2, 3, 4, 5]);
    detail.close();
  },
);
