import type { TestClient } from "@tesa/platform/testing";
import { describe, expect, test } from "vitest";
import type { BrokerDescription } from "../broker-under-test.ts";
import { sharedBroker } from "../shared.ts";
import { startBrokerUnderTest } from "../start.ts";
import {
  connectAs,
  connectDevice,
  EACH_VERSION,
  needs,
  newPlace,
  payloadsOf,
  QUIET_MS,
  VERSIONS,
  type Version,
} from "./support.ts";

const shared = sharedBroker();
const { device, deviceB } = shared.credentials;

const ALLOWED_FILTERS = [
  "device/+/telemetry/#",
  `device/${device.deviceId}/telemetry/#`,
  `device/${device.deviceId}/telemetry`,
  "device/+/telemetry/temperature",
  `device/${device.deviceId}/telemetry/motor/+/rpm`,
  "$share/workers/device/+/telemetry/#",
];

const REFUSED_FILTERS = [
  "#",
  "+/+/telemetry/#",
  "device/#",
  "device/+/+/temperature",
  `device/${device.deviceId}/commands/#`,
  `device/${device.deviceId}/status`,
  "$share/workers/device/+/commands/#",
  "$SYS/#",
];

const NOT_AUTHORISED = 0x87;
/** Failure: MQTT 3.1.1 has one code for all reasons (3.9.3). */
const REFUSED_SUBACK = { 4: 0x80, 5: NOT_AUTHORISED };

/** How a connection ended on which something refused was asked for, and that it was not answered otherwise. */
async function expectDisconnected(client: TestClient, version: Version): Promise<void> {
  const { disconnect } = await client.closed;
  expect(disconnect?.reasonCode).toBe(version === 5 ? NOT_AUTHORISED : undefined);
  expect(client.received.map(({ cmd }) => cmd)).toEqual(
    version === 5 ? ["connack", "disconnect"] : ["connack"],
  );
}

describe.each(EACH_VERSION)("access on $name", { concurrent: true }, ({ version }) => {
  test.for(ALLOWED_FILTERS)("a token may subscribe to %s", async (filter) => {
    await using client = await connectAs("tokenA", version);
    expect((await client.subscribe(filter)).granted).toEqual([1]);
  });

  test.for(REFUSED_FILTERS)(
    "a token that subscribes to %s is disconnected, without a SUBACK",
    async (filter, context) => {
      needs(context, "deny-disconnect");
      await using client = await connectAs("tokenA", version);
      client.sendSubscribe(filter);
      await expectDisconnected(client, version);
    },
  );

  test("one refused filter among allowed ones disconnects too", async (context) => {
    needs(context, "deny-disconnect");
    await using client = await connectAs("tokenA", version);
    client.sendSubscribe(["device/+/telemetry/#", "secret/#"]);
    await expectDisconnected(client, version);
  });

  test.for([0, 1] as const)(
    "a token that publishes at QoS %i is disconnected, and nobody receives it",
    async (qos, context) => {
      needs(context, "deny-disconnect");
      const place = newPlace();
      await using listener = await connectAs("tokenA", version);
      await listener.subscribe(place.filter);
      await using client = await connectAs("tokenA", version);
      client.sendPublish(place.topic(), "forged", { qos });
      await expectDisconnected(client, version);
      expect(await listener.isQuiet("publish", QUIET_MS)).toBe(true);
    },
  );

  test("a token receives its own organisation's devices and not those of another", async (context) => {
    needs(context, "organisations");
    const place = newPlace();
    await using own = await connectAs("tokenA", version);
    await using foreign = await connectAs("tokenB", version);
    await own.subscribe(place.filter);
    await foreign.subscribe(place.filter);
    await using publisher = await connectDevice();
    await publisher.send(place.topic(), ["of A"]);
    expect(payloadsOf(await own.nextPublishes(1))).toEqual(["of A"]);
    expect(await foreign.isQuiet("publish", QUIET_MS)).toBe(true);
  });

  test("the other organisation's devices reach its own token alone", async (context) => {
    needs(context, "organisations");
    if (deviceB === undefined) return context.skip(`${shared.name}: no device of organisation B is known`);
    const place = newPlace();
    await using own = await connectAs("tokenB", version);
    await using foreign = await connectAs("tokenA", version);
    await own.subscribe(place.filter);
    await foreign.subscribe(place.filter);
    await using publisher = await connectAs("deviceB", version);
    const topic = place.topic().replace(device.deviceId, deviceB.deviceId);
    await publisher.publish(topic, "of B");
    expect(payloadsOf(await own.nextPublishes(1))).toEqual(["of B"]);
    expect(await foreign.isQuiet("publish", QUIET_MS)).toBe(true);
  });

  test("a share group is one organisation's: the same name in another one takes nothing from it", async (context) => {
    needs(context, "organisations");
    needs(context, "share-groups-per-organisation");
    const place = newPlace();
    await using own = await connectAs("tokenA", version);
    await using foreign = await connectAs("tokenB", version);
    await own.subscribe(`$share/workers/${place.filter}`);
    await foreign.subscribe(`$share/workers/${place.filter}`);
    await using publisher = await connectDevice();
    const sent = ["1", "2", "3", "4"];
    await publisher.send(place.topic(), sent);
    expect(payloadsOf(await own.nextPublishes(sent.length))).toEqual(sent);
    expect(await foreign.isQuiet("publish", QUIET_MS)).toBe(true);
  });

  test("a token may not name a device of another organisation", async (context) => {
    needs(context, "organisations");
    needs(context, "deny-disconnect");
    if (deviceB === undefined) return context.skip(`${shared.name}: no device of organisation B is known`);
    await using client = await connectAs("tokenA", version);
    client.sendSubscribe(`device/${deviceB.deviceId}/telemetry/#`);
    await expectDisconnected(client, version);
  });

  test("a device that publishes under another device's id is disconnected", async (context) => {
    needs(context, "deny-disconnect");
    await using client = await connectAs("device", version);
    client.sendPublish("device/somebody-else/telemetry/temperature", "forged", { qos: 1 });
    await expectDisconnected(client, version);
  });
});

describe("access where a refusal is answered and the connection stays", { concurrent: true }, () => {
  const withBroker = async (run: (broker: BrokerDescription) => Promise<void>): Promise<void> => {
    // A broker that never disconnects does so by itself.
    if (!shared.capabilities.has("deny-disconnect")) return run(shared);
    await using broker = await startBrokerUnderTest({ denyAction: "ignore" });
    await run(broker);
  };

  test.for(VERSIONS)(
    "on version %i a refused filter has its code in the SUBACK, among allowed ones",
    async (version, context) => {
      needs(context, "deny-ignore");
      await withBroker(async (broker) => {
        await using client = await connectAs("tokenA", version, {}, broker);
        const { granted } = await client.subscribe(["device/+/telemetry/#", "secret/#"]);
        expect(granted).toEqual([1, REFUSED_SUBACK[version]]);
        await client.ping();
      });
    },
  );

  test.for(VERSIONS)(
    "on version %i a refused publish is acknowledged, by 0x87 where there are codes, and goes nowhere",
    async (version, context) => {
      needs(context, "deny-ignore");
      await withBroker(async (broker) => {
        const place = newPlace(broker);
        await using listener = await connectAs("tokenA", version, {}, broker);
        await listener.subscribe(place.filter);
        await using client = await connectAs("tokenA", version, {}, broker);
        const { reasonCode } = await client.publish(place.topic(), "forged");
        expect(reasonCode).toBe(version === 5 ? NOT_AUTHORISED : undefined);
        expect(await listener.isQuiet("publish", QUIET_MS)).toBe(true);
      });
    },
  );
});
