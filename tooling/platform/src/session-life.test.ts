import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { ALL, keptSession, numberOf, publishNumbers, TestBed, VERSIONS } from "./test-bed.ts";
import type { PlatformEvent } from "./types.ts";

/** Fulfils at the next event of this type. */
function nextEvent(bed: TestBed, type: PlatformEvent["type"]): Promise<PlatformEvent> {
  return new Promise((resolve) => {
    const stop = bed.platform.onEvent((event) => {
      if (event.type !== type) return;
      stop();
      resolve(event);
    });
  });
}

describe.each(VERSIONS)("sessions on MQTT version %i", (version) => {
  test("a session that is to be kept keeps its subscriptions; a clean one starts anew", async () => {
    await using bed = await TestBed.start();
    const session = keptSession(version);
    const first = await bed.subscriber(version, session);
    await first.disconnect();
    await publishNumbers(await bed.device(version), 1);
    expect(bed.platform.clients().find(({ clientId }) => clientId === "app")).toMatchObject({
      connected: false,
      subscriptions: [ALL],
      queued: 1,
    });
    const second = bed.client(version);
    expect((await second.connect({ clientId: "app", ...session, ...bed.token() })).sessionPresent).toBe(true);
    expect(numberOf(await second.next("publish"))).toBe(1);
    await second.disconnect();
    const third = bed.client(version);
    expect((await third.connect({ clientId: "app", clean: true, ...bed.token() })).sessionPresent).toBe(
      false,
    );
    await third.disconnect();
    expect(bed.platform.clients().map(({ clientId }) => clientId)).toEqual(["pump-1"]);
  });

  test("a session that is not to be kept ends with its connection", async () => {
    await using bed = await TestBed.start();
    const first = await bed.subscriber(version, { clean: true });
    const ended = nextEvent(bed, "disconnected");
    await first.cut();
    expect(await ended).toMatchObject({ clientId: "app", reason: "connection closed" });
    expect(bed.platform.clients()).toEqual([]);
  });

  test("a session expires", async () => {
    await using bed = await TestBed.start({ broker: { maxSessionExpirySeconds: 0.1 } });
    const session = keptSession(version);
    await (await bed.subscriber(version, session)).cut();
    await sleep(200);
    expect(bed.platform.clients()).toEqual([]);
    const second = bed.client(version);
    expect((await second.connect({ clientId: "app", ...session, ...bed.token() })).sessionPresent).toBe(
      false,
    );
  });

  test("a session that is resumed in time does not expire any more", async () => {
    await using bed = await TestBed.start({ broker: { maxSessionExpirySeconds: 1 } });
    const session = keptSession(version);
    await (await bed.subscriber(version, session)).cut();
    await bed.app(version, session);
    await sleep(1_200);
    expect(bed.platform.clients()).toMatchObject([
      { clientId: "app", connected: true, subscriptions: [ALL] },
    ]);
  });

  test("a second client with the same client id takes the session over", async () => {
    await using bed = await TestBed.start();
    const session = keptSession(version);
    const first = await bed.subscriber(version, session);
    const device = await bed.device(version);
    await publishNumbers(device, 1);
    await first.next("publish");
    const second = bed.client(version);
    const connack = await second.connect({ clientId: "app", ...session, ...bed.token() });
    expect(connack.sessionPresent).toBe(true);
    const { code, disconnect } = await first.closed;
    expect([code, disconnect?.reasonCode]).toEqual([1000, version === 5 ? 0x8e : undefined]);
    expect(await second.next("publish")).toMatchObject({ messageId: 1, dup: true });
    second.puback(1);
    await publishNumbers(device, 1, 2);
    expect(numberOf(await second.next("publish"))).toBe(2);
    expect(bed.platform.clients().filter(({ clientId }) => clientId === "app")).toHaveLength(1);
  });

  test("a missed keep-alive ends the connection after one and a half times its length", async () => {
    await using bed = await TestBed.start();
    const app = await bed.app(version, { keepAliveSeconds: 1 });
    await sleep(1_000);
    await app.ping();
    const since = performance.now();
    const { code, disconnect } = await app.closed;
    expect([code, disconnect?.reasonCode]).toEqual([1000, version === 5 ? 0x8d : undefined]);
    const elapsedMs = performance.now() - since;
    expect(elapsedMs).toBeGreaterThan(1_400);
    expect(elapsedMs).toBeLessThan(4_000);
  });

  test("a second CONNECT is a protocol error", async () => {
    await using bed = await TestBed.start();
    const app = await bed.app(version);
    app.sendConnect(bed.token());
    expect((await app.closed).disconnect?.reasonCode).toBe(version === 5 ? 0x82 : undefined);
  });
});

test("on MQTT 5, clean start false alone keeps nothing", async () => {
  await using bed = await TestBed.start();
  await (await bed.subscriber(5, { clean: false })).disconnect();
  const second = bed.client(5);
  expect((await second.connect({ clientId: "app", clean: false, ...bed.token() })).sessionPresent).toBe(
    false,
  );
});

test("on MQTT 5, DISCONNECT can end a kept session and set another expiry", async () => {
  await using bed = await TestBed.start();
  const session = keptSession(5);
  const first = await bed.app(5, session);
  await first.disconnect({ properties: { sessionExpiryInterval: 0 } });
  expect(bed.platform.clients()).toEqual([]);
  const second = await bed.app(5, session);
  await second.disconnect({ properties: { sessionExpiryInterval: 1 } });
  expect(bed.platform.clients()).toMatchObject([{ connected: false }]);
  await sleep(1_200);
  expect(bed.platform.clients()).toEqual([]);
});

test("on MQTT 5, DISCONNECT cannot keep a session that was to end", async () => {
  await using bed = await TestBed.start();
  const app = await bed.app(5);
  app.send({ cmd: "disconnect", reasonCode: 0, properties: { sessionExpiryInterval: 60 } });
  expect((await app.closed).disconnect?.reasonCode).toBe(0x82);
  expect(bed.platform.clients()).toEqual([]);
});
