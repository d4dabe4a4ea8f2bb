import { describe, expect, test } from "vitest";
import {
  connectAs,
  connectDevice,
  EACH_VERSION,
  keptSession,
  needs,
  newPlace,
  numbered,
  payloadsOf,
  QUIET_MS,
  receiveAndAcknowledge,
  sessionName,
} from "./support.ts";

const WINDOW = 32;

describe.each(EACH_VERSION)("the in-flight window on $name", { concurrent: true }, ({ version }) => {
  test("at most 32 messages are unacknowledged", async (context) => {
    needs(context, "window");
    const place = newPlace();
    await using client = await connectAs("tokenA", version);
    await client.subscribe(place.filter);
    await using publisher = await connectDevice();
    await publisher.send(place.topic(), numbered(40));
    expect(payloadsOf(await client.nextPublishes(WINDOW))).toEqual(numbered(WINDOW));
    expect(await client.isQuiet("publish", QUIET_MS)).toBe(true);
  });

  test("each acknowledgement lets one more through", async (context) => {
    needs(context, "window-while-draining");
    const place = newPlace();
    await using client = await connectAs("tokenA", version);
    await client.subscribe(place.filter);
    await using publisher = await connectDevice();
    await publisher.send(place.topic(), numbered(40));
    const held = await client.nextPublishes(WINDOW);
    for (const publish of held.slice(0, 3)) client.puback(publish);
    expect(payloadsOf(await client.nextPublishes(3))).toEqual(numbered(3, 33));
    expect(await client.isQuiet("publish", QUIET_MS)).toBe(true);
  });

  test("acknowledgements out of order let as many through", async (context) => {
    needs(context, "window-while-draining");
    const place = newPlace();
    await using client = await connectAs("tokenA", version);
    await client.subscribe(place.filter);
    await using publisher = await connectDevice();
    await publisher.send(place.topic(), numbered(34));
    const held = await client.nextPublishes(WINDOW);
    for (const publish of held.slice(-2).reverse()) client.puback(publish);
    expect(payloadsOf(await client.nextPublishes(2))).toEqual(numbered(2, 33));
  });

  test("unacknowledged messages carry different packet ids", async () => {
    const place = newPlace();
    await using client = await connectAs("tokenA", version);
    await client.subscribe(place.filter);
    await using publisher = await connectDevice();
    await publisher.send(place.topic(), numbered(20));
    const ids = (await client.nextPublishes(20)).map(({ messageId }) => messageId);
    expect(new Set(ids).size).toBe(20);
    expect(ids).not.toContain(0);
  });

  test("a full window does not stop messages at QoS 0, nor a ping", async (context) => {
    needs(context, "window");
    const place = newPlace();
    await using client = await connectAs("tokenA", version);
    await client.subscribe(place.filter);
    await using publisher = await connectDevice();
    await publisher.send(place.topic(), numbered(40));
    await client.nextPublishes(WINDOW);
    publisher.client.sendPublish(place.topic(), "at 0");
    await client.ping();
    expect(payloadsOf(await client.nextPublishes(1))).toEqual(["at 0"]);
  });

  test("an acknowledgement of nothing is no reason to disconnect", async () => {
    await using client = await connectAs("tokenA", version);
    client.puback(12_345);
    await client.ping();
    expect(client.closing).toBeUndefined();
  });

  test("the window holds while a resumed session is drained", async (context) => {
    needs(context, "window-while-draining");
    const place = newPlace();
    await using session = sessionName(version);
    await using first = await connectAs("tokenA", version, keptSession(version, session.clientId));
    await first.subscribe(place.filter);
    await first.cut();
    await using publisher = await connectDevice();
    await publisher.send(place.topic(), numbered(100));
    await using second = await connectAs("tokenA", version, keptSession(version, session.clientId));
    expect(payloadsOf(await second.nextPublishes(WINDOW))).toEqual(numbered(WINDOW));
    expect(await second.isQuiet("publish", QUIET_MS)).toBe(true);
  });
});

describe("the receive maximum on MQTT 5", { concurrent: true }, () => {
  test("a smaller one in CONNECT is the window", async () => {
    const place = newPlace();
    await using client = await connectAs("tokenA", 5, { properties: { receiveMaximum: 5 } });
    await client.subscribe(place.filter);
    await using publisher = await connectDevice();
    await publisher.send(place.topic(), numbered(12));
    const held = await client.nextPublishes(5);
    expect(await client.isQuiet("publish", QUIET_MS)).toBe(true);
    for (const publish of held) client.puback(publish);
    expect(payloadsOf(await receiveAndAcknowledge(client, 7))).toEqual(numbered(7, 6));
  });

  test("a greater one does not widen it", async (context) => {
    needs(context, "window-cap");
    const place = newPlace();
    await using client = await connectAs("tokenA", 5, { properties: { receiveMaximum: 100 } });
    await client.subscribe(place.filter);
    await using publisher = await connectDevice();
    await publisher.send(place.topic(), numbered(40));
    await client.nextPublishes(WINDOW);
    expect(await client.isQuiet("publish", QUIET_MS)).toBe(true);
  });

  test("it holds while a resumed session is drained", async (context) => {
    needs(context, "window-while-draining");
    const place = newPlace();
    await using session = sessionName(5);
    await using first = await connectAs("tokenA", 5, keptSession(5, session.clientId));
    await first.subscribe(place.filter);
    await first.cut();
    await using publisher = await connectDevice();
    await publisher.send(place.topic(), numbered(12));
    const kept = keptSession(5, session.clientId);
    await using second = await connectAs("tokenA", 5, {
      ...kept,
      properties: { ...kept.properties, receiveMaximum: 5 },
    });
    expect(payloadsOf(await second.nextPublishes(5))).toEqual(numbered(5));
    expect(await second.isQuiet("publish", QUIET_MS)).toBe(true);
  });
});
