import { describe, expect, test } from "vitest";
import { ALL, TestBed, TOPIC, VERSIONS } from "./test-bed.ts";

const REFUSED_FILTERS = [
  "#",
  "+/+/telemetry/#",
  "device/#",
  "device/+/#",
  "device/+/status",
  "device/pump-1/commands/#",
  "device/pump-1/+/temperature",
  "device/of-globex/telemetry/#",
  "device/unknown/telemetry/#",
  "$share/workers/device/+/commands/#",
  "$SYS/#",
];

describe.each(VERSIONS)("access on MQTT version %i", (version) => {
  const refused = version === 4 ? 0x80 : 0x87;

  test("a token may subscribe to telemetry of its organisation's devices, in every spelling", async () => {
    await using bed = await TestBed.start();
    const app = await bed.app(version);
    const suback = await app.subscribe([
      "device/+/telemetry/#",
      "device/+/telemetry",
      "device/+/telemetry/temperature",
      "device/+/telemetry/motor/+/rpm",
      "device/pump-1/telemetry/#",
      "devices/+/telemetry/#",
      "$share/workers/device/+/telemetry/#",
      { topic: "$share/workers/devices/pump-1/telemetry/#", qos: 2 },
      { topic: "device/pump-1/telemetry/status", qos: 0 },
    ]);
    expect(suback.granted).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 0]);
  });

  test("where refusals are ignored, SUBACK says so for each filter, and the others count", async () => {
    await using bed = await TestBed.start({ broker: { denyAction: "ignore" } });
    bed.platform.devices.register({ organisation: "globex", deviceId: "of-globex" });
    const app = await bed.app(version);
    const suback = await app.subscribe([...REFUSED_FILTERS, ALL]);
    expect(suback.granted).toEqual([...REFUSED_FILTERS.map(() => refused), 1]);
    expect(bed.platform.clients()[0]?.subscriptions).toEqual([ALL]);
    await app.ping();
  });

  test("where refusals disconnect, one refused filter ends the connection without a SUBACK", async () => {
    await using bed = await TestBed.start();
    bed.platform.devices.register({ organisation: "globex", deviceId: "of-globex" });
    for (const filter of REFUSED_FILTERS) {
      const app = await bed.app(version);
      app.sendSubscribe([ALL, filter]);
      const { code, disconnect } = await app.closed;
      expect([filter, code, disconnect?.reasonCode]).toEqual([
        filter,
        1000,
        version === 5 ? 0x87 : undefined,
      ]);
      expect(app.received.filter(({ cmd }) => cmd === "suback")).toEqual([]);
    }
  });

  test("a token's publish ends its connection", async () => {
    await using bed = await TestBed.start();
    const watcher = await bed.subscriber(version, { clientId: "watcher" });
    for (const qos of [0, 1] as const) {
      const app = await bed.app(version);
      app.sendPublish(TOPIC, "1", { qos });
      const { disconnect } = await app.closed;
      expect(disconnect?.reasonCode).toBe(version === 5 ? 0x87 : undefined);
      expect(app.received.filter(({ cmd }) => cmd === "puback")).toEqual([]);
    }
    await watcher.ping();
    expect(watcher.received.filter(({ cmd }) => cmd === "publish")).toEqual([]);
    expect(bed.platform.ledger.published).toEqual([]);
  });

  test("where refusals are ignored, a token's publish is answered and dropped", async () => {
    await using bed = await TestBed.start({ broker: { denyAction: "ignore" } });
    const app = await bed.subscriber(version);
    const puback = await app.publish(TOPIC, "1");
    expect(puback.reasonCode).toBe(version === 5 ? 0x87 : undefined);
    await app.ping();
    expect(app.received.filter(({ cmd }) => cmd === "publish")).toEqual([]);
    expect(bed.platform.ledger.published).toEqual([]);
  });

  test("an application sees its own organisation's devices only, however wide its filter", async () => {
    await using bed = await TestBed.start();
    const acme = await bed.subscriber(version, { clientId: "acme" });
    const globex = await bed.subscriber(version, { clientId: "globex", organisation: "globex" });
    const pump = await bed.device(version);
    const other = await bed.device(version, "of-globex", "globex");
    await pump.publish(TOPIC, "acme's", { retain: true });
    await other.publish("device/of-globex/telemetry/level", "globex'", { retain: true });
    const late = await bed.subscriber(version, { clientId: "late", organisation: "globex" });
    for (const [client, topic] of [
      [acme, TOPIC],
      [globex, "device/of-globex/telemetry/level"],
      [late, "device/of-globex/telemetry/level"],
    ] as const) {
      expect((await client.next("publish")).topic).toBe(topic);
      await client.ping();
      expect(client.received.filter(({ cmd }) => cmd === "publish")).toHaveLength(1);
    }
  });

  test("a device publishes below its own id only, and listens there", async () => {
    await using bed = await TestBed.start({ broker: { denyAction: "ignore" } });
    const pump = await bed.device(version);
    await bed.device(version, "pump-2");
    expect((await pump.subscribe(["device/pump-1/commands/#", "device/pump-2/#", ALL])).granted).toEqual([
      1,
      refused,
      refused,
    ]);
    await pump.publish("devices/pump-1/telemetry", "1");
    await pump.publish("device/pump-1/commands/x", "2");
    await pump.publish("device/pump-2/telemetry/x", "3");
    await pump.publish("elsewhere", "4");
    expect(bed.platform.ledger.published.map(({ topic }) => topic)).toEqual([
      "devices/pump-1/telemetry",
      "device/pump-1/commands/x",
    ]);
    expect((await pump.next("publish")).topic).toBe("device/pump-1/commands/x");
  });

  test.each(["device/+/telemetry/a#", "device/#/telemetry", "", "$share//device/+/telemetry/#"])(
    "the filter %o is none: the connection ends",
    async (filter) => {
      await using bed = await TestBed.start({ broker: { denyAction: "ignore" } });
      const app = await bed.app(version);
      app.sendSubscribe([{ topic: filter, qos: 1 }]);
      expect((await app.closed).disconnect?.reasonCode).toBe(version === 5 ? 0x8f : undefined);
    },
  );

  test("a client id does not carry a session into another organisation", async () => {
    await using bed = await TestBed.start();
    const first = await bed.subscriber(version, { clean: false, ...sessionOf(version) });
    const device = await bed.device(version);
    await first.cut();
    await device.publish(TOPIC, "acme's secret");
    const thief = bed.client(version);
    const connack = await thief.connect({
      clientId: "app",
      clean: false,
      ...sessionOf(version),
      ...bed.token("globex"),
    });
    expect(connack.sessionPresent).toBe(false);
    await thief.ping();
    expect(thief.received.filter(({ cmd }) => cmd === "publish")).toEqual([]);
    expect(bed.platform.clients().find(({ clientId }) => clientId === "app")?.subscriptions).toEqual([]);
  });
});

function sessionOf(version: 4 | 5): { readonly properties?: { readonly sessionExpiryInterval: number } } {
  return version === 5 ? { properties: { sessionExpiryInterval: 60 } } : {};
}
