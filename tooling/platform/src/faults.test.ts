import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { ALL, keptSession, numberOf, publishNumbers, TestBed, VERSIONS } from "./test-bed.ts";

describe.each(VERSIONS)("faults on MQTT version %i", (version) => {
  test("ignoreConnects() leaves a CONNECT without an answer, the connection open", async () => {
    await using bed = await TestBed.start();
    bed.platform.faults.ignoreConnects(true);
    const ignored = bed.client(version);
    await ignored.open();
    ignored.sendConnect(bed.token());
    expect(await ignored.isQuiet("connack", 100)).toBe(true);
    await (await bed.device(version)).ping();
    bed.platform.faults.ignoreConnects(false);
    await (await bed.app(version)).ping();
    expect(ignored.received).toEqual([]);
  });

  test("ignoreSubscribes() leaves a SUBSCRIBE without an answer and an effect, the connection open", async () => {
    await using bed = await TestBed.start();
    bed.platform.faults.ignoreSubscribes(true);
    const app = await bed.app(version);
    app.sendSubscribe(ALL);
    await app.ping();
    expect(await app.isQuiet("suback", 50)).toBe(true);
    expect(bed.platform.clients()[0]?.subscriptions).toEqual([]);
    bed.platform.faults.ignoreSubscribes(false);
    expect((await app.subscribe(ALL)).granted).toEqual([1]);
  });

  test("dropConnections() cuts applications without a close frame: 1006; sessions stay", async () => {
    await using bed = await TestBed.start();
    const session = keptSession(version);
    const one = await bed.app(version, { clientId: "one", ...session });
    const two = await bed.app(version, { clientId: "two", ...session });
    const device = await bed.device(version);
    expect(bed.platform.faults.dropConnections({ clientId: "one" })).toBe(1);
    expect(await one.closed).toEqual({ code: 1006, disconnect: undefined });
    await two.ping();
    expect(bed.platform.faults.dropConnections()).toBe(1);
    expect((await two.closed).code).toBe(1006);
    await device.ping();
    const again = bed.client(version);
    const connack = await again.connect({ clientId: "one", ...session, ...bed.token() });
    expect(connack.sessionPresent).toBe(true);
  });

  test("kick() ends a connection as an administrator does", async () => {
    await using bed = await TestBed.start();
    const one = await bed.app(version, { clientId: "one" });
    const two = await bed.app(version, { clientId: "two" });
    expect(bed.platform.faults.kick({ clientId: "nobody" })).toBe(0);
    expect(bed.platform.faults.kick({ clientId: "one" })).toBe(1);
    const { code, disconnect } = await one.closed;
    expect([code, disconnect?.reasonCode]).toEqual([1000, version === 5 ? 0x98 : undefined]);
    await two.ping();
    expect(bed.platform.faults.kick()).toBe(1);
    await two.closed;
  });

  test("goSilent() leaves connections half open, and cuts them at its end", async () => {
    await using bed = await TestBed.start();
    const session = keptSession(version);
    const app = await bed.subscriber(version, { ...session, keepAliveSeconds: 1 });
    const device = await bed.device(version);
    bed.platform.faults.goSilent(true);
    app.send({ cmd: "pingreq" });
    await publishNumbers(device, 1);
    const late = bed.client(version);
    await late.open();
    late.sendConnect(bed.token());
    // Longer than the keep-alive: the broker cannot hear the client, and does not end it either.
    await sleep(1_700);
    expect(app.received.map(({ cmd }) => cmd)).toEqual(["connack", "suback"]);
    expect(late.received).toEqual([]);
    expect([app.closing, late.closing]).toEqual([undefined, undefined]);
    bed.platform.faults.goSilent(false);
    expect((await app.closed).code).toBe(1006);
    expect((await late.closed).code).toBe(1006);
    const again = await bed.app(version, session);
    expect(await again.next("publish")).toMatchObject({ dup: true });
  });

  test("slowDown() delays each packet and keeps the order", async () => {
    await using bed = await TestBed.start();
    const app = await bed.subscriber(version);
    const device = await bed.device(version);
    bed.platform.faults.slowDown(400);
    const since = performance.now();
    await publishNumbers(device, 3);
    expect(performance.now() - since).toBeLessThan(390);
    const publishes = await app.nextPublishes(3);
    expect(performance.now() - since).toBeGreaterThan(395);
    bed.platform.faults.slowDown(0);
    await publishNumbers(device, 2, 4);
    expect([...publishes, ...(await app.nextPublishes(2))].map(numberOf)).toEqual([1, 2, 3, 4, 5]);
    const quick = performance.now();
    await app.ping();
    expect(performance.now() - quick).toBeLessThan(390);
    expect(() => bed.platform.faults.slowDown(-1)).toThrow("-1 ms");
  });

  test("restart() closes with 1006, forgets sessions and retained messages, and takes the same ports", async () => {
    await using bed = await TestBed.start({ ports: { ws: 0 } });
    const { urls } = bed.platform;
    const session = keptSession(version);
    const app = await bed.subscriber(version, session);
    const device = await bed.device(version);
    await device.publish("device/pump-1/telemetry/x", "1", { retain: true });
    const restarted = bed.platform.faults.restart({ downMs: 100 });
    expect((await app.closed).code).toBe(1006);
    await device.closed;
    await expect(bed.client(version).open()).rejects.toThrow("ECONNREFUSED");
    await restarted;
    expect(bed.platform.urls).toEqual(urls);
    expect(bed.platform.clients()).toEqual([]);
    const again = bed.client(version);
    expect((await again.connect({ clientId: "app", ...session, ...bed.token() })).sessionPresent).toBe(false);
    await again.subscribe(ALL);
    await again.ping();
    expect(again.received.filter(({ cmd }) => cmd === "publish")).toEqual([]);
    await (await bed.device(version)).ping();
  });

  test("inject() sends raw bytes to connected applications", async () => {
    await using bed = await TestBed.start();
    const app = await bed.app(version);
    await bed.device(version);
    const pingresp = Buffer.from([0xd0, 0]);
    expect(bed.platform.faults.inject(pingresp)).toBe(1);
    await app.next("pingresp");
    bed.platform.faults.inject(Buffer.from([0x00, 0x00]));
    await expect(app.next("publish")).rejects.toThrow("no MQTT");
  });
});

test("close() during a restart ends it, and a closed platform cannot be restarted", async () => {
  await using bed = await TestBed.start();
  const restarted = bed.platform.faults.restart({ downMs: 60_000 });
  await bed.platform.close();
  await restarted;
  await expect(bed.platform.faults.restart()).rejects.toThrow("closed");
});
