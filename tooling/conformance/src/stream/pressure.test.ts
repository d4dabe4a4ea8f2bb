import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { TestClient } from "@tesa/platform/testing";
import { generate } from "mqtt-packet";
import { expect, test } from "vitest";
import { type Box, openBox, until, watch } from "./harness.ts";
import type { SlowReport } from "./slow-receiver.ts";

const OFFERED = 100_000;
/** Unacknowledged publishes at once. */
const PUBLISH_WINDOW = 500;

/** Publishes numbered messages as fast as the broker takes them. Gives when each was taken, in epoch milliseconds. */
async function publishNumbered(box: Box, count: number): Promise<number[]> {
  const { urls, devices } = box.platform;
  const credentials = devices.register({ organisation: "acme", deviceId: "fast-1" });
  const client = new TestClient({ url: urls.mqtts, caPath: box.platform.caCertPath, protocolVersion: 4 });
  await client.connect({ ...credentials, clientId: "fast-1" });
  const takenAt: number[] = [];
  for (let from = 0; from < count; from += PUBLISH_WINDOW) {
    const size = Math.min(PUBLISH_WINDOW, count - from);
    for (let index = 0; index < size; index += 1) {
      client.sendPublish("device/fast-1/telemetry/load", String(from + index), { qos: 1 });
    }
    for (let index = 0; index < size; index += 1) await client.next("puback");
    takenAt.push(...Array.from({ length: size }, () => Date.now()));
  }
  await client.disconnect();
  return takenAt;
}

test("a log that takes 50 ms a batch holds the broker back: little memory, no lost connection, and every loss in a gap", async () => {
  await using box = await openBox();
  const child = fork(fileURLToPath(new URL("slow-receiver.ts", import.meta.url)), {
    execArgv: ["--conditions=tesa-source"],
    env: {
      ...process.env,
      MQTT_API_TOKEN: box.token,
      MQTT_BROKER_URL: box.platform.urls.wss,
      CA_CERT_PATH: box.platform.caCertPath,
      MQTT_KEEPALIVE: "1",
    },
  });
  const exited = once(child, "exit");
  try {
    const reports: SlowReport[] = [];
    child.on("message", (report: SlowReport) => reports.push(report));
    await until("live", () => reports.some(({ type }) => type === "live"));
    // Idle for a moment, so that what starting costs is not counted.
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const rss = () => reports.flatMap((report) => (report.type === "memory" ? [report.rss] : []));
    const idle = rss().at(-1) ?? 0;
    const started = Date.now();
    const takenAt = await publishNumbered(box, OFFERED);
    // What the broker's queue still holds comes now.
    await until("the queue is empty", () =>
      box.platform.clients().every(({ queued, inflight }) => queued + inflight === 0),
    );
    const lasted = Date.now() - started;
    expect(Math.max(...rss()) - idle).toBeLessThan(60 * 1024 * 1024);
    child.send("stop");
    await until("ended", () => reports.some(({ type }) => type === "ended"));
    const ended = reports.find((report) => report.type === "ended");
    if (ended?.type !== "ended") throw new Error("There is no report.");
    // PINGRESPs came through although the keep-alive of 1 s passed many times: the connection has lasted.
    expect(lasted).toBeGreaterThan(3_000);
    expect(ended.reconnects).toBe(0);
    const entries = box.platform.ledger.entries();
    const payloads = (event: string) =>
      entries
        .filter((entry) => entry.event === event)
        .map(({ payload }) => new TextDecoder().decode(payload));
    expect(ended.stored).toEqual(payloads("sent"));
    const dropped = payloads("dropped");
    expect(dropped.length + ended.stored.length).toBe(OFFERED);
    expect(dropped.length).toBeGreaterThan(1_000);
    const outside = dropped.filter((payload) => {
      const at = takenAt[Number(payload)] ?? 0;
      return !ended.gaps.some(({ from, to }) => from <= at && at <= to);
    });
    expect(outside).toEqual([]);
  } finally {
    child.kill();
    await exited;
  }
}, 90_000);

test("a broker that ignores the receive maximum is left with 0x93, and what it sent too much comes after the reconnect", async () => {
  await using box = await openBox({ broker: { maxInflight: 1_000 } });
  const reasons: string[] = [];
  box.platform.onEvent((event) => event.type === "disconnected" && reasons.push(event.reason));
  await using watched = watch(box, { TESA_RECEIVE_MAXIMUM: "10", MQTT_RECONNECT_PERIOD: "20" });
  await until("live", () => watched.stream.state.type === "live");
  // Eleven messages in one frame, before anything can be acknowledged: one more than agreed.
  const messages = Array.from({ length: 11 }, (_, index) =>
    generate(
      {
        cmd: "publish",
        topic: "device/press-1/telemetry/load",
        payload: "1",
        qos: 1,
        messageId: index + 1,
        dup: false,
        retain: false,
      },
      { protocolVersion: 5 },
    ),
  );
  expect(box.platform.faults.inject(Buffer.concat(messages))).toBe(1);
  await until("left", () => watched.states.some((state) => state.type === "waiting"));
  expect(watched.states.find((state) => state.type === "waiting")).toMatchObject({
    error: { reasonCode: 0x93 },
  });
  await until("back", () => watched.stream.counts.reconnects === 1);
  expect(reasons).toEqual([expect.stringContaining("0x93")]);
  const before = watched.payloads.length;
  await box.publish(5);
  await until("five messages", () => watched.payloads.length === before + 5);
});
