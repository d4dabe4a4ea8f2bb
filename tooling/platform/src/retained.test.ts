import { describe, expect, test } from "vitest";
import { ALL, TestBed, TOPIC, VERSIONS } from "./test-bed.ts";

describe.each(VERSIONS)("retained messages on MQTT version %i", (version) => {
  test("a new subscriber gets the last one, marked; one who is there gets it unmarked", async () => {
    await using bed = await TestBed.start();
    const device = await bed.device(version);
    const early = await bed.subscriber(version, { clientId: "early" });
    await device.publish(TOPIC, "old", { retain: true });
    await device.publish(TOPIC, "new", { retain: true });
    expect((await early.nextPublishes(2)).map(({ retain }) => retain)).toEqual([false, false]);
    const late = await bed.subscriber(version, { clientId: "late" });
    const publish = await late.next("publish");
    expect([publish.retain, String(publish.payload)]).toEqual([true, "new"]);
    await late.ping();
    expect(await late.isQuiet("publish", 20)).toBe(true);
    // SUBACK first, as EMQX does it.
    expect(late.received.slice(1, 3).map(({ cmd }) => cmd)).toEqual(["suback", "publish"]);
  });

  test("an empty payload deletes it", async () => {
    await using bed = await TestBed.start();
    const device = await bed.device(version);
    await device.publish(TOPIC, "old", { retain: true });
    await device.publish(TOPIC, "", { retain: true });
    const late = await bed.subscriber(version);
    await late.ping();
    expect(await late.isQuiet("publish", 20)).toBe(true);
  });
});

test.each([
  [0, 2],
  [1, 1],
  [2, 0],
] as const)(
  "retain handling %i gives %i copies over two subscriptions to the same filter",
  async (rh, copies) => {
    await using bed = await TestBed.start();
    await (await bed.device()).publish(TOPIC, "1", { retain: true });
    const app = await bed.app(5);
    for (let time = 0; time < 2; time += 1) await app.subscribe([{ topic: ALL, qos: 1, rh }]);
    await app.ping();
    expect(app.received.filter(({ cmd }) => cmd === "publish")).toHaveLength(copies);
  },
);

test("retain as published keeps the mark on a live message", async () => {
  await using bed = await TestBed.start();
  const app = await bed.app(5);
  await app.subscribe([{ topic: ALL, qos: 1, rap: true }]);
  const device = await bed.device();
  await device.publish(TOPIC, "1", { retain: true });
  await device.publish(TOPIC, "2");
  expect((await app.nextPublishes(2)).map(({ retain }) => retain)).toEqual([true, false]);
});
