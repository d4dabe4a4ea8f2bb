import { describe, expect, test } from "vitest";
import {
  connectAs,
  connectDevice,
  EACH_VERSION,
  needs,
  newPlace,
  type Place,
  type Publisher,
  QUIET_MS,
} from "./support.ts";

async function retain(publisher: Publisher, place: Place, payload: string): Promise<void> {
  await publisher.client.publish(place.topic(), payload, { retain: true });
}

/** Leaves nothing behind on a broker that goes on running. */
function forget(publisher: Publisher, place: Place): AsyncDisposable {
  return { [Symbol.asyncDispose]: () => retain(publisher, place, "") };
}

describe.each(EACH_VERSION)("retained messages on $name", { concurrent: true }, ({ version }) => {
  test("the last one comes to a new subscription, marked as retained", async () => {
    const place = newPlace();
    await using publisher = await connectDevice();
    await using _ = forget(publisher, place);
    await retain(publisher, place, "old");
    await retain(publisher, place, "new");
    await using client = await connectAs("tokenA", version);
    await client.subscribe(place.filter);
    const publish = await client.next("publish");
    expect(publish).toMatchObject({ retain: true, qos: 1, topic: place.topic() });
    expect(publish.payload.toString()).toBe("new");
    expect(await client.isQuiet("publish", QUIET_MS)).toBe(true);
  });

  test("one that is published now comes without the mark to a subscription that was there", async () => {
    const place = newPlace();
    await using publisher = await connectDevice();
    await using _ = forget(publisher, place);
    await using client = await connectAs("tokenA", version);
    await client.subscribe(place.filter);
    await retain(publisher, place, "now");
    expect(await client.next("publish")).toMatchObject({ retain: false });
  });

  test("an empty one deletes it", async () => {
    const place = newPlace();
    await using publisher = await connectDevice();
    await retain(publisher, place, "old");
    await retain(publisher, place, "");
    await using client = await connectAs("tokenA", version);
    await client.subscribe(place.filter);
    expect(await client.isQuiet("publish", QUIET_MS)).toBe(true);
  });

  test("it comes again at every SUBSCRIBE of the same filter", async () => {
    const place = newPlace();
    await using publisher = await connectDevice();
    await using _ = forget(publisher, place);
    await retain(publisher, place, "kept");
    await using client = await connectAs("tokenA", version);
    await client.subscribe(place.filter);
    await client.next("publish");
    await client.subscribe(place.filter);
    expect(await client.next("publish")).toMatchObject({ retain: true });
  });

  test("it does not come to a share group", async (context) => {
    needs(context, "no-retained-to-shares");
    const place = newPlace();
    await using publisher = await connectDevice();
    await using _ = forget(publisher, place);
    await retain(publisher, place, "kept");
    await using client = await connectAs("tokenA", version);
    await client.subscribe(`$share/workers/${place.filter}`);
    expect(await client.isQuiet("publish", QUIET_MS)).toBe(true);
  });
});

describe("retain handling of MQTT 5", { concurrent: true }, () => {
  test("1 sends it at the first SUBSCRIBE alone", async () => {
    const place = newPlace();
    await using publisher = await connectDevice();
    await using _ = forget(publisher, place);
    await retain(publisher, place, "kept");
    await using client = await connectAs("tokenA", 5);
    await client.subscribe([{ topic: place.filter, qos: 1, rh: 1 }]);
    await client.next("publish");
    await client.subscribe([{ topic: place.filter, qos: 1, rh: 1 }]);
    expect(await client.isQuiet("publish", QUIET_MS)).toBe(true);
  });

  test("2 never sends it", async () => {
    const place = newPlace();
    await using publisher = await connectDevice();
    await using _ = forget(publisher, place);
    await retain(publisher, place, "kept");
    await using client = await connectAs("tokenA", 5);
    await client.subscribe([{ topic: place.filter, qos: 1, rh: 2 }]);
    expect(await client.isQuiet("publish", QUIET_MS)).toBe(true);
  });

  test("retain as published leaves the mark on what is published now", async () => {
    const place = newPlace();
    await using publisher = await connectDevice();
    await using _ = forget(publisher, place);
    await using client = await connectAs("tokenA", 5);
    await client.subscribe([{ topic: place.filter, qos: 1, rap: true }]);
    await retain(publisher, place, "now");
    expect(await client.next("publish")).toMatchObject({ retain: true });
  });
});
