import { readFileSync } from "node:fs";
import { afterEach, expect, test } from "vitest";
import { startPlatform } from "./platform.ts";
import { type DeviceLink, openDeviceLink } from "./simulator-device.ts";
import type { Platform, PlatformOptions } from "./types.ts";

const opened: AsyncDisposable[] = [];
afterEach(async () => {
  for (const resource of opened.splice(0).reverse()) await resource[Symbol.asyncDispose]();
});

async function open(options: PlatformOptions = {}): Promise<{ platform: Platform; link: DeviceLink }> {
  const platform = await startPlatform(options);
  opened.push(platform);
  const link = await openDeviceLink(
    {
      url: platform.urls.mqtts,
      ca: readFileSync(platform.caCertPath, "utf8"),
      deviceId: "d1",
      credentials: platform.devices.register({ organisation: "acme", deviceId: "d1" }),
    },
    new AbortController().signal,
  );
  opened.push({ [Symbol.asyncDispose]: () => link.close(0) });
  return { platform, link };
}

/** Sends, and fulfils when the message is settled. */
const publish = (link: DeviceLink, topic: string, payload = "1") =>
  new Promise<boolean>((settle) => {
    if (!link.send({ topic, payload: Buffer.from(payload), settle })) settle(false);
  });
const OWN = "device/d1/telemetry";
const FOREIGN = "device/d2/telemetry";

test("a message that the broker refuses is given up, and the next one goes through", async () => {
  const { platform, link } = await open({ broker: { denyAction: "ignore" } });
  expect(await publish(link, FOREIGN)).toBe(false);
  expect(await publish(link, OWN)).toBe(true);
  expect(platform.ledger.published.map(({ topic }) => topic)).toEqual([OWN]);
});

test("a message for which the broker cuts the connection is given up after three, and the next one goes through", async () => {
  const { platform, link } = await open({ broker: { denyAction: "disconnect" } });
  let connects = 0;
  platform.onEvent((event) => {
    if (event.type === "connected") connects += 1;
  });
  const refused = publish(link, FOREIGN);
  const sound = publish(link, OWN);
  expect(await refused).toBe(false);
  expect(await sound).toBe(true);
  expect(connects).toBe(3);
});

test("no more is unacknowledged than the broker's receive maximum, and ready() waits for room", async () => {
  const { link } = await open({ broker: { maxInflight: 4 } });
  const sent = Array.from({ length: 4 }, () => publish(link, OWN));
  expect(link.isReady()).toBe(false);
  expect(await publish(link, OWN)).toBe(false);
  await link.ready();
  expect(link.isReady()).toBe(true);
  expect(await Promise.all(sent)).toEqual([true, true, true, true]);
});

test("messages of the time without a connection are sent when it is back, in order, as far as the outbox holds them", async () => {
  const { platform, link } = await open();
  const gone = new Promise<void>((resolve) => {
    platform.onEvent((event) => {
      if (event.type === "disconnected") resolve();
    });
  });
  const restarted = platform.faults.restart({ downMs: 200 });
  await gone;
  const sent: Promise<boolean>[] = [];
  for (let number = 1; number <= 40; number += 1) sent.push(publish(link, OWN, String(number)));
  // As soon as the link has noticed that it has no connection, it has nobody to wait for.
  await link.ready();
  await restarted;
  const settled = await Promise.all(sent);
  expect(settled.filter(Boolean)).toHaveLength(32);
  expect(settled.indexOf(false)).toBe(32);
  expect(platform.ledger.published.map(({ payload }) => Buffer.from(payload).toString())).toEqual(
    Array.from({ length: 32 }, (_, index) => String(index + 1)),
  );
});

test("close() waits for what is unacknowledged, takes nothing more and can come twice", async () => {
  const { link } = await open();
  const last = publish(link, OWN);
  const closing = link.close(2_000);
  expect(await publish(link, OWN)).toBe(false);
  await closing;
  await link.close(2_000);
  expect(await last).toBe(true);
});

test("close() gives up what waits for a connection", async () => {
  const { platform, link } = await open();
  const restart = platform.faults.restart({ downMs: 1_500 });
  const waiting = publish(link, OWN);
  await link.close(100);
  expect(await waiting).toBe(false);
  await restart;
});
