import { describe, expect, test } from "vitest";
import {
  connectAs,
  connectDevice,
  EACH_VERSION,
  keptSession,
  needs,
  newPlace,
  numbered,
  pause,
  payloadsOf,
  QUIET_MS,
  randomName,
  receiveAndAcknowledge,
  sessionName,
} from "./support.ts";

const WINDOW = 32;
const SESSION_TAKEN_OVER = 0x8e;
const KEEP_ALIVE_TIMEOUT = 0x8d;

describe.each(EACH_VERSION)("sessions on $name", { concurrent: true }, ({ version }) => {
  test("another client with the same client id takes over", async () => {
    const clientId = randomName();
    await using first = await connectAs("tokenA", version, { clientId });
    await using second = await connectAs("tokenA", version, { clientId });
    await first.closed;
    await second.ping();
    expect(second.closing).toBeUndefined();
  });

  test("who is taken over is told so where the version allows it", async (context) => {
    needs(context, "disconnect-reasons");
    const clientId = randomName();
    await using first = await connectAs("tokenA", version, { clientId });
    await using second = await connectAs("tokenA", version, { clientId });
    const { disconnect } = await first.closed;
    expect(disconnect?.reasonCode).toBe(version === 5 ? SESSION_TAKEN_OVER : undefined);
    await second.ping();
  });

  test("a connection that is taken over ends with WebSocket code 1000", async (context) => {
    needs(context, "close-frame");
    const clientId = randomName();
    await using first = await connectAs("tokenA", version, { clientId });
    await using second = await connectAs("tokenA", version, { clientId });
    expect((await first.closed).code).toBe(1000);
    await second.ping();
  });

  test("who takes over a kept session has its subscriptions and what was not acknowledged", async () => {
    const place = newPlace();
    await using session = sessionName(version);
    await using first = await connectAs("tokenA", version, keptSession(version, session.clientId));
    await first.subscribe(place.filter);
    await using publisher = await connectDevice();
    await publisher.send(place.topic(), ["1", "2"]);
    await first.nextPublishes(2);
    await using second = await connectAs("tokenA", version, keptSession(version, session.clientId));
    expect(payloadsOf(await second.nextPublishes(2))).toEqual(["1", "2"]);
  });

  test("a client that sends nothing is disconnected after one and a half keep-alives", async (context) => {
    const from = Date.now();
    await using client = await connectAs("tokenA", version, { keepAliveSeconds: 1 });
    const { disconnect } = await client.closed;
    expect(Date.now() - from).toBeGreaterThanOrEqual(1_000);
    needs(context, "disconnect-reasons");
    expect(disconnect?.reasonCode).toBe(version === 5 ? KEEP_ALIVE_TIMEOUT : undefined);
  });

  test("a client that pings is not", async () => {
    await using client = await connectAs("tokenA", version, { keepAliveSeconds: 1 });
    for (let count = 0; count < 5; count++) {
      await pause(600);
      await client.ping();
    }
    expect(client.closing).toBeUndefined();
  });

  test("a resumed session sends what was unacknowledged first, under the same packet ids and marked, then what was queued", async (context) => {
    needs(context, "window-while-draining");
    const place = newPlace();
    await using session = sessionName(version);
    await using first = await connectAs("tokenA", version, keptSession(version, session.clientId));
    await first.subscribe(place.filter);
    await using publisher = await connectDevice();
    await publisher.send(place.topic(), numbered(40));
    await receiveAndAcknowledge(first, 3);
    const unacknowledged = await first.nextPublishes(WINDOW);
    await first.cut();
    await publisher.send(place.topic(), numbered(5, 41));

    await using second = await connectAs("tokenA", version, keptSession(version, session.clientId));
    const again = await second.nextPublishes(WINDOW);
    expect(again.map(({ messageId }) => messageId)).toEqual(unacknowledged.map(({ messageId }) => messageId));
    expect(payloadsOf(again)).toEqual(numbered(WINDOW, 4));
    expect(again.every(({ dup }) => dup)).toBe(true);
    for (const publish of again) second.puback(publish);
    const queued = await receiveAndAcknowledge(second, 10);
    expect(payloadsOf(queued)).toEqual(numbered(10, 36));
    expect(queued.some(({ dup }) => dup)).toBe(false);
    expect(await second.isQuiet("publish", QUIET_MS)).toBe(true);
  });

  test("a resumed session sends what was unacknowledged again, in order, under the same packet ids and marked", async () => {
    const place = newPlace();
    await using session = sessionName(version);
    await using first = await connectAs("tokenA", version, keptSession(version, session.clientId));
    await first.subscribe(place.filter);
    await using publisher = await connectDevice();
    await publisher.send(place.topic(), numbered(10));
    const all = await first.nextPublishes(10);
    for (const publish of all.filter((_, index) => index % 3 === 0)) first.puback(publish);
    // The answer shows that the acknowledgements before it have been read.
    await first.ping();
    await first.cut();
    const unacknowledged = all.filter((_, index) => index % 3 !== 0);
    await using second = await connectAs("tokenA", version, keptSession(version, session.clientId));
    const again = await second.nextPublishes(unacknowledged.length);
    expect(again.map(({ messageId, payload }) => `${messageId}: ${payload}`)).toEqual(
      unacknowledged.map(({ messageId, payload }) => `${messageId}: ${payload}`),
    );
    expect(again.every(({ dup }) => dup)).toBe(true);
    expect(await second.isQuiet("publish", QUIET_MS)).toBe(true);
  });

  test("a resumed session says so, and sends right after CONNACK, before any SUBSCRIBE", async () => {
    const place = newPlace();
    await using session = sessionName(version);
    await using first = await connectAs("tokenA", version, keptSession(version, session.clientId));
    await first.subscribe(place.filter);
    await first.cut();
    await using publisher = await connectDevice();
    await publisher.send(place.topic(), ["1"]);
    await using second = await connectAs("tokenA", version, keptSession(version, session.clientId));
    await receiveAndAcknowledge(second, 1);
    expect(second.received.map(({ cmd }) => cmd)).toEqual(["connack", "publish"]);
    expect(second.received[0]).toMatchObject({ sessionPresent: true });
  });

  test("what was acknowledged does not come again", async () => {
    const place = newPlace();
    await using session = sessionName(version);
    await using first = await connectAs("tokenA", version, keptSession(version, session.clientId));
    await first.subscribe(place.filter);
    await using publisher = await connectDevice();
    await publisher.send(place.topic(), ["1", "2"]);
    await receiveAndAcknowledge(first, 2);
    // The answer shows that the acknowledgements before it have been read.
    await first.ping();
    await first.cut();
    await using second = await connectAs("tokenA", version, keptSession(version, session.clientId));
    expect(await second.isQuiet("publish", QUIET_MS)).toBe(true);
  });

  test("nothing is sent again inside a connection", async () => {
    const place = newPlace();
    await using client = await connectAs("tokenA", version);
    await client.subscribe(place.filter);
    await using publisher = await connectDevice();
    await publisher.send(place.topic(), ["1"]);
    await client.nextPublishes(1);
    expect(await client.isQuiet("publish", 1_500)).toBe(true);
  });

  test("a clean start forgets the session", async () => {
    const place = newPlace();
    await using session = sessionName(version);
    await using first = await connectAs("tokenA", version, keptSession(version, session.clientId));
    await first.subscribe(place.filter);
    await first.cut();
    await using publisher = await connectDevice();
    await publisher.send(place.topic(), ["1"]);
    await using second = await connectAs("tokenA", version, {
      ...keptSession(version, session.clientId),
      clean: true,
    });
    expect(second.received[0]).toMatchObject({ sessionPresent: false });
    expect(await second.isQuiet("publish", QUIET_MS)).toBe(true);
  });

  test("messages at QoS 0 are queued for an absent client too", async (context) => {
    needs(context, "queue-qos-0");
    const place = newPlace();
    await using session = sessionName(version);
    await using first = await connectAs("tokenA", version, keptSession(version, session.clientId));
    await first.subscribe(place.filter);
    await first.cut();
    await using publisher = await connectDevice();
    publisher.client.sendPublish(place.topic(), "at 0", { qos: 0 });
    await publisher.send(place.topic(), ["at 1"]);
    await using second = await connectAs("tokenA", version, keptSession(version, session.clientId));
    expect(payloadsOf(await second.nextPublishes(2))).toEqual(["at 0", "at 1"]);
  });

  test("a full queue of 1,000 drops the oldest", { timeout: 30_000 }, async (context) => {
    needs(context, "drop-oldest");
    const place = newPlace();
    await using session = sessionName(version);
    await using first = await connectAs("tokenA", version, keptSession(version, session.clientId));
    await first.subscribe(place.filter);
    await first.cut();
    await using publisher = await connectDevice();
    await publisher.send(place.topic(), numbered(1_005));
    await using second = await connectAs("tokenA", version, keptSession(version, session.clientId));
    expect(payloadsOf(await receiveAndAcknowledge(second, 1_000))).toEqual(numbered(1_000, 6));
    expect(await second.isQuiet("publish", QUIET_MS)).toBe(true);
  });
});

describe("session expiry on MQTT 5", { concurrent: true }, () => {
  const resume = (clientId: string) => connectAs("tokenA", 5, keptSession(5, clientId));

  test("a session is forgotten when its expiry has passed, and kept before", async () => {
    const [short, long] = [randomName(), randomName()];
    for (const [clientId, sessionExpiryInterval] of [
      [short, 1],
      [long, 60],
    ] as const) {
      await using client = await connectAs("tokenA", 5, {
        clientId,
        clean: false,
        properties: { sessionExpiryInterval },
      });
      await client.cut();
    }
    await pause(2_500);
    await using expired = await resume(short);
    await using kept = await resume(long);
    expect(expired.received[0]).toMatchObject({ sessionPresent: false });
    expect(kept.received[0]).toMatchObject({ sessionPresent: true });
    for (const client of [expired, kept])
      await client.disconnect({ properties: { sessionExpiryInterval: 0 } });
  });

  test("without an expiry nothing is kept, clean start or not", async () => {
    const clientId = randomName();
    await using first = await connectAs("tokenA", 5, { clientId, clean: false });
    await first.cut();
    await using second = await connectAs("tokenA", 5, { clientId, clean: false });
    expect(second.received[0]).toMatchObject({ sessionPresent: false });
  });

  test("DISCONNECT may end a kept session by an expiry of 0", async () => {
    await using session = sessionName(5);
    await using first = await resume(session.clientId);
    await first.disconnect({ properties: { sessionExpiryInterval: 0 } });
    await using second = await resume(session.clientId);
    expect(second.received[0]).toMatchObject({ sessionPresent: false });
  });

  test("DISCONNECT without an expiry leaves the session kept", async () => {
    await using session = sessionName(5);
    await using first = await resume(session.clientId);
    await first.disconnect();
    await using second = await resume(session.clientId);
    expect(second.received[0]).toMatchObject({ sessionPresent: true });
  });
});

test("on MQTT 3.1.1 DISCONNECT leaves the session kept", async () => {
  await using session = sessionName(4);
  await using first = await connectAs("tokenA", 4, keptSession(4, session.clientId));
  await first.disconnect();
  await using second = await connectAs("tokenA", 4, keptSession(4, session.clientId));
  expect(second.received[0]).toMatchObject({ sessionPresent: true });
});
