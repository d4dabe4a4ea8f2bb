import { decode } from "@tesa/core";
import { expect, test } from "vitest";
import { clockSkewStep } from "./clock-skew.ts";
import type { MqttLink } from "./mqtt-link.ts";

const RECEIVED_AT = Date.UTC(2026, 1, 4, 10, 30);
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** A connection that has ended, so that the step judges what it is given. */
const ENDED: MqttLink = {
  protocolVersion: 5,
  send: () => {},
  next: async () => ({ type: "closed", code: 1000 }),
  keepAlive: () => {},
  close: async () => {},
};

function message(deviceId: string, timestamp: unknown) {
  return decode({
    topic: `device/${deviceId}/telemetry/temperature`,
    payload: new TextEncoder().encode(JSON.stringify({ timestamp, value: 20 })),
    qos: 1,
    retained: false,
    receivedAt: RECEIVED_AT,
  });
}

const at = (offsetMs: number) => new Date(RECEIVED_AT + offsetMs).toISOString();

function judge(messages: readonly ReturnType<typeof message>[], serverAheadMs?: number) {
  const limits = { timeoutMs: 1_000, signal: new AbortController().signal };
  return clockSkewStep.run({ link: ENDED, messages, serverAheadMs }, limits);
}

test("clock skew is well when the stamps are close", async () => {
  const outcome = await judge([message("a", at(-400)), message("b", at(900))]);
  expect(outcome).toMatchObject({ status: "ok", detail: expect.stringContaining("0.9 s at most") });
});

test("clock skew is well at 60 s exactly and warned about beyond", async () => {
  expect(await judge([message("a", at(-MINUTE_MS))])).toMatchObject({ status: "ok" });
  expect(await judge([message("a", at(-MINUTE_MS - 1))])).toMatchObject({ status: "warning" });
});

test("a stamp in the future points at the clocks, one in the past at stored messages too", async () => {
  expect(await judge([message("a", at(10 * MINUTE_MS))])).toMatchObject({
    detail: expect.stringContaining("device a stamps 10 min in the future"),
    cause: expect.stringContaining("No delay"),
  });
  expect(await judge([message("a", at(-10 * MINUTE_MS))])).toMatchObject({
    detail: expect.stringContaining("10 min in the past"),
    cause: expect.stringContaining("stored"),
  });
});

test("a delayed message does not hide that the device's clock is right", async () => {
  const outcome = await judge([message("a", at(-HOUR_MS)), message("a", at(-100))]);
  expect(outcome).toMatchObject({ status: "ok" });
});

test("devices that are all off by the same point at this computer's clock", async () => {
  const outcome = await judge([message("a", at(HOUR_MS)), message("b", at(HOUR_MS + 1_000))]);
  expect(outcome).toMatchObject({ cause: expect.stringContaining("this computer's clock is wrong") });
});

test("the broker's own clock settles whose clock is wrong", async () => {
  const outcome = await judge([message("a", at(HOUR_MS))], HOUR_MS);
  expect(outcome).toMatchObject({ cause: "This computer's clock is 60 min behind the broker's." });
});

test("stamps without an offset that are whole hours off are a time zone", async () => {
  const local = at(7 * HOUR_MS - 200).replace("Z", "");
  expect(await judge([message("a", local)])).toMatchObject({ cause: expect.stringContaining("local time") });
});

test("without a stamp there is nothing to compare", async () => {
  expect(await judge([message("a", undefined)])).toMatchObject({ status: "skipped" });
});
