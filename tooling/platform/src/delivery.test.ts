import { describe, expect, test } from "vitest";
import { ALL, keptSession, numberOf, numbers, publishNumbers, TestBed, TOPIC, VERSIONS } from "./test-bed.ts";

describe.each(VERSIONS)("delivery on MQTT version %i", (version) => {
  test("a message goes out at the lower of its two qualities of service", async () => {
    await using bed = await TestBed.start();
    const device = await bed.device(version);
    const atLeastOnce = await bed.subscriber(version, { clientId: "one" });
    const atMostOnce = await bed.app(version, { clientId: "zero" });
    await atMostOnce.subscribe([{ topic: ALL, qos: 0 }]);
    device.sendPublish(TOPIC, "a", { qos: 0 });
    await device.publish(TOPIC, "b");
    expect((await atLeastOnce.nextPublishes(2)).map(({ qos }) => qos)).toEqual([0, 1]);
    expect((await atMostOnce.nextPublishes(2)).map(({ qos }) => qos)).toEqual([0, 0]);
    expect(bed.platform.ledger.published.map(({ topic }) => topic)).toEqual([TOPIC, TOPIC]);
  });

  test("payload bytes and topics arrive unchanged", async () => {
    await using bed = await TestBed.start();
    const app = await bed.subscriber(version);
    const device = await bed.device(version);
    const payload = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    for (const topic of [
      "device/pump-1/telemetry",
      "device/pump-1/telemetry/a//b/",
      "device/pump-1/telemetry/温度",
    ]) {
      await device.publish(topic, payload);
      const publish = await app.next("publish");
      expect(publish).toMatchObject({ topic, retain: false, dup: false });
      expect(publish.payload).toEqual(payload);
    }
    await device.publish(TOPIC, "");
    expect((await app.next("publish")).payload).toHaveLength(0);
  });

  test("at most 32 messages are unacknowledged, and each acknowledgement lets one more out", async () => {
    await using bed = await TestBed.start();
    const app = await bed.subscriber(version);
    await publishNumbers(await bed.device(version), 40);
    const window = await app.nextPublishes(32);
    expect(window.map(({ messageId }) => messageId)).toEqual(numbers(1, 32));
    await app.ping();
    expect(await app.isQuiet("publish", 20)).toBe(true);
    expect(bed.platform.clients().find(({ clientId }) => clientId === "app")).toMatchObject({
      inflight: 32,
      queued: 8,
    });
    // Out of order: the window counts, not the place.
    app.puback(7);
    expect(numberOf(await app.next("publish"))).toBe(33);
    app.puback(7);
    app.puback(12_345);
    await app.ping();
    expect(await app.isQuiet("publish", 20)).toBe(true);
    for (const { messageId } of window) app.puback(messageId ?? 0);
    expect((await app.nextPublishes(7)).map(numberOf)).toEqual(numbers(34, 40));
  });

  test("QoS 0 passes what waits for acknowledgements", async () => {
    await using bed = await TestBed.start();
    const app = await bed.subscriber(version);
    const device = await bed.device(version);
    await publishNumbers(device, 33);
    device.sendPublish(TOPIC, "99");
    expect((await app.nextPublishes(33)).map(numberOf)).toEqual([...numbers(1, 32), 99]);
  });

  test("a full queue drops its oldest message, and the ledger says which", async () => {
    await using bed = await TestBed.start({ broker: { maxInflight: 2, maxQueue: 5 } });
    const app = await bed.subscriber(version);
    await publishNumbers(await bed.device(version), 10);
    const { ledger } = bed.platform;
    const numbersOf = (event: "queued" | "sent" | "dropped"): number[] =>
      ledger.entries({ clientId: "app", event }).map(numberOf);
    expect(numbersOf("sent")).toEqual([1, 2]);
    expect(numbersOf("queued")).toEqual(numbers(3, 10));
    expect(numbersOf("dropped")).toEqual([3, 4, 5]);
    expect(ledger.entries({ event: "dropped" }).map(({ reason }) => reason)).toEqual(
      Array(3).fill("overflow"),
    );
    const received: number[] = [];
    while (received.length < 7) {
      const publish = await app.next("publish");
      received.push(numberOf(publish));
      app.puback(publish);
    }
    expect(received).toEqual([1, 2, ...numbers(6, 10)]);
    await app.ping();
    expect(ledger.entries({ event: "acknowledged" }).map(numberOf)).toEqual(received);
    expect(ledger.published.map(numberOf)).toEqual(numbers(1, 10));
    ledger.clear();
    expect([ledger.published, ledger.entries()]).toEqual([[], []]);
  });

  test("after a reconnect the unacknowledged come first, in order, under their packet ids, then the queue", async () => {
    await using bed = await TestBed.start();
    const session = keptSession(version);
    const first = await bed.subscriber(version, session);
    const device = await bed.device(version);
    await publishNumbers(device, 40);
    const sent = await first.nextPublishes(32);
    for (const number of [1, 2, 5]) first.puback(number);
    await first.nextPublishes(3);
    await first.cut();
    await publishNumbers(device, 15, 41);

    const second = bed.client(version);
    const connack = await second.connect({ clientId: "app", ...session, ...bed.token() });
    expect(connack.sessionPresent).toBe(true);
    const unacknowledged = [3, 4, ...numbers(6, 35)];
    const again = await second.nextPublishes(32);
    expect(again.map(numberOf)).toEqual(unacknowledged);
    expect(again.map(({ messageId }) => messageId)).toEqual(unacknowledged);
    expect(again.every(({ dup }) => dup)).toBe(true);
    expect(sent.every(({ dup }) => !dup)).toBe(true);
    await second.ping();
    expect(await second.isQuiet("publish", 20)).toBe(true);
    for (const publish of again) second.puback(publish);
    const queued = await second.nextPublishes(20);
    expect(queued.map(numberOf)).toEqual(numbers(36, 55));
    expect(queued.every(({ dup }) => !dup)).toBe(true);
    expect(bed.platform.ledger.entries({ event: "resent" }).map(numberOf)).toEqual(unacknowledged);
  });

  test("QoS 0 messages for a client that is away are kept too, as EMQX does by default", async () => {
    await using bed = await TestBed.start();
    const session = keptSession(version);
    const first = await bed.subscriber(version, session);
    await first.cut();
    const device = await bed.device(version);
    device.sendPublish(TOPIC, "1", { qos: 0 });
    await device.ping();
    const second = await bed.app(version, session);
    expect(await second.next("publish")).toMatchObject({ qos: 0, dup: false });
  });

  test("a client with two filters for a message gets it twice, as from EMQX", async () => {
    await using bed = await TestBed.start();
    const app = await bed.app(version);
    await app.subscribe([ALL, "device/pump-1/telemetry/temperature"]);
    await publishNumbers(await bed.device(version), 1);
    expect((await app.nextPublishes(2)).map(numberOf)).toEqual([1, 1]);
  });

  test("UNSUBSCRIBE ends delivery", async () => {
    await using bed = await TestBed.start();
    const app = await bed.subscriber(version);
    const unsuback = await app.unsubscribe(ALL, "device/+/telemetry/never");
    if (version === 5) expect(unsuback.granted).toEqual([0, 0x11]);
    await publishNumbers(await bed.device(version), 1);
    await app.ping();
    expect(await app.isQuiet("publish", 20)).toBe(true);
  });

  test("a client that reads nothing delays nobody and is not buffered for without a bound", async () => {
    await using bed = await TestBed.start({ broker: { maxQueue: 10 } });
    const stuck = await bed.app(version, { clientId: "stuck" });
    await stuck.subscribe([{ topic: ALL, qos: 0 }]);
    const other = await bed.subscriber(version, { clientId: "other" });
    stuck.pause();
    const device = await bed.device(version);
    const payload = Buffer.alloc(100_000);
    for (let number = 0; number < 200; number += 1) {
      await device.publish(TOPIC, payload);
      other.puback(await other.next("publish"));
    }
    const { ledger } = bed.platform;
    const dropped = ledger.entries({ clientId: "stuck", event: "dropped" }).length;
    expect(ledger.entries({ clientId: "other", event: "dropped" })).toEqual([]);
    expect(dropped).toBeGreaterThan(50);
    // What was neither sent nor dropped is in the queue, and comes once the client reads again.
    expect(ledger.entries({ clientId: "stuck", event: "sent" })).toHaveLength(200 - dropped - 10);
    stuck.resume();
    await stuck.nextPublishes(200 - dropped);
  });
});

test("the client's receive maximum bounds the window when it is the lower one, after a reconnect too", async () => {
  await using bed = await TestBed.start();
  const first = await bed.subscriber(5, {
    clean: false,
    properties: { receiveMaximum: 5, sessionExpiryInterval: 60 },
  });
  await publishNumbers(await bed.device(), 10);
  await first.nextPublishes(5);
  expect(await first.isQuiet("publish", 20)).toBe(true);
  await first.cut();
  const second = await bed.app(5, {
    clean: false,
    properties: { receiveMaximum: 3, sessionExpiryInterval: 60 },
  });
  expect((await second.nextPublishes(3)).map(numberOf)).toEqual([1, 2, 3]);
  await second.ping();
  expect(await second.isQuiet("publish", 20)).toBe(true);
  for (const id of [1, 2, 3]) second.puback(id);
  const rest = await second.nextPublishes(3);
  expect(rest.map(({ dup }) => dup)).toEqual([true, true, false]);
  expect(rest.map(numberOf)).toEqual([4, 5, 6]);
});

test("a packet larger than the client takes is not sent to it", async () => {
  await using bed = await TestBed.start();
  const app = await bed.subscriber(5, { properties: { maximumPacketSize: 200 } });
  const device = await bed.device();
  await device.publish(TOPIC, Buffer.alloc(300));
  await publishNumbers(device, 1);
  expect(numberOf(await app.next("publish"))).toBe(1);
  expect(bed.platform.ledger.entries({ event: "dropped" })).toMatchObject([{ reason: "too-large" }]);
});

test("MQTT 5 properties of a message and the subscription identifier are passed on; aliases are resolved", async () => {
  await using bed = await TestBed.start();
  const app = await bed.app(5);
  await app.subscribe(ALL, { subscriptionIdentifier: 7 });
  const device = await bed.device();
  await device.publish(TOPIC, "1", { properties: { topicAlias: 3, contentType: "text/plain" } });
  await device.publish("", "2", { properties: { topicAlias: 3 } });
  const [first, second] = await app.nextPublishes(2);
  expect(first?.properties).toEqual({ contentType: "text/plain", subscriptionIdentifier: 7 });
  expect(second?.topic).toBe(TOPIC);
  expect(second?.properties).toEqual({ subscriptionIdentifier: 7 });
  device.sendPublish("", "3", { qos: 1, properties: { topicAlias: 4 } });
  expect((await device.closed).disconnect?.reasonCode).toBe(0x82);
});

test("PUBACK on MQTT 5 says when nobody has subscribed", async () => {
  await using bed = await TestBed.start();
  const device = await bed.device();
  expect((await device.publish(TOPIC, "1")).reasonCode).toBe(0x10);
  await bed.subscriber(5);
  expect((await device.publish(TOPIC, "2")).reasonCode).toBe(0);
});

test.each(VERSIONS)("QoS 2 is not spoken: a PUBLISH ends the connection (version %i)", async (version) => {
  await using bed = await TestBed.start();
  const device = await bed.device(version);
  device.sendPublish(TOPIC, "1", { qos: 2 });
  expect((await device.closed).disconnect?.reasonCode).toBe(version === 5 ? 0x9b : undefined);
});

test("the ledger can be switched off", async () => {
  await using bed = await TestBed.start({ ledger: "off" });
  const app = await bed.subscriber(5);
  await publishNumbers(await bed.device(), 3);
  await app.nextPublishes(3);
  expect([bed.platform.ledger.published, bed.platform.ledger.entries()]).toEqual([[], []]);
});
