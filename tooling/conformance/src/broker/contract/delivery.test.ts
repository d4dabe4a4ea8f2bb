import { describe, expect, test } from "vitest";
import { sharedBroker } from "../shared.ts";
import {
  connectAs,
  connectDevice,
  EACH_VERSION,
  needs,
  newPlace,
  numbered,
  payloadsOf,
  QUIET_MS,
  receiveAndAcknowledge,
} from "./support.ts";

describe.each(EACH_VERSION)("delivery on $name", { concurrent: true }, ({ version }) => {
  test("messages of one device arrive in the order in which it published them", async () => {
    const place = newPlace();
    await using client = await connectAs("tokenA", version);
    await client.subscribe(place.filter);
    await using publisher = await connectDevice();
    await publisher.send(place.topic(), numbered(200));
    expect(payloadsOf(await receiveAndAcknowledge(client, 200))).toEqual(numbered(200));
  });

  test("a subscription at QoS 1 receives each message at the QoS that it was published at", async () => {
    const place = newPlace();
    await using client = await connectAs("tokenA", version);
    await client.subscribe(place.filter);
    await using publisher = await connectDevice();
    publisher.client.sendPublish(place.topic(), "at 0", { qos: 0 });
    await publisher.send(place.topic(), ["at 1"]);
    const publishes = await client.nextPublishes(2);
    expect(publishes.map(({ qos, payload }) => `${qos}: ${payload}`)).toEqual(["0: at 0", "1: at 1"]);
  });

  test("what a device publishes at QoS 2 reaches a subscription at QoS 1 at that QoS, once", async (context) => {
    needs(context, "qos-2");
    const place = newPlace();
    await using client = await connectAs("tokenA", version);
    await client.subscribe(place.filter);
    await using device = await connectAs("device", version);
    const messageId = device.sendPublish(place.topic(), "at 2", { qos: 2 });
    await device.next("pubrec");
    device.send({ cmd: "pubrel", messageId, reasonCode: 0 });
    await device.next("pubcomp");
    expect(await client.next("publish")).toMatchObject({ qos: 1 });
    expect(await client.isQuiet("publish", QUIET_MS)).toBe(true);
  });

  test("topics keep all their levels, and payloads all their bytes", async () => {
    const place = newPlace();
    await using client = await connectAs("tokenA", version);
    await client.subscribe(place.filter);
    await using publisher = await connectDevice();
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
    await publisher.client.publish(place.topic("motor/2/ÄÖ °C//rpm"), bytes);
    const publish = await client.next("publish");
    expect(publish.topic).toBe(place.topic("motor/2/ÄÖ °C//rpm"));
    expect(new Uint8Array(publish.payload as Uint8Array)).toEqual(bytes);
    client.puback(publish);
    await publisher.client.publish(place.topic(), "");
    expect((await client.next("publish")).payload).toHaveLength(0);
  });

  test("a filter with # also gives the level above", async () => {
    const { device } = sharedBroker().credentials;
    await using client = await connectAs("tokenA", version);
    await client.subscribe(`device/${device.deviceId}/telemetry/#`);
    await using publisher = await connectDevice();
    const payload = newPlace().filter;
    await publisher.send(`device/${device.deviceId}/telemetry`, [payload]);
    // Other tests publish at the same time, and would fill the window.
    let [publish] = await receiveAndAcknowledge(client, 1);
    while (publish?.payload.toString() !== payload) [publish] = await receiveAndAcknowledge(client, 1);
    expect(publish.topic).toBe(`device/${device.deviceId}/telemetry`);
  });

  test("after UNSUBSCRIBE nothing more comes", async () => {
    const place = newPlace();
    await using client = await connectAs("tokenA", version);
    await client.subscribe(place.filter);
    await client.unsubscribe(place.filter);
    await using publisher = await connectDevice();
    await publisher.send(place.topic(), ["1"]);
    expect(await client.isQuiet("publish", QUIET_MS)).toBe(true);
  });

  test("two filters that both match give a message twice", async (context) => {
    needs(context, "copy-per-subscription");
    const place = newPlace();
    await using client = await connectAs("tokenA", version);
    await client.subscribe([place.filter, place.topic()]);
    await using publisher = await connectDevice();
    await publisher.send(place.topic(), ["1"]);
    expect(payloadsOf(await receiveAndAcknowledge(client, 2))).toEqual(["1", "1"]);
    expect(await client.isQuiet("publish", QUIET_MS)).toBe(true);
  });

  test("the same filter subscribed twice gives it once", async () => {
    const place = newPlace();
    await using client = await connectAs("tokenA", version);
    await client.subscribe(place.filter);
    await client.subscribe(place.filter);
    await using publisher = await connectDevice();
    await publisher.send(place.topic(), ["1"]);
    await receiveAndAcknowledge(client, 1);
    expect(await client.isQuiet("publish", QUIET_MS)).toBe(true);
  });
});
