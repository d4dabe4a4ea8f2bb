import { setTimeout as sleep } from "node:timers/promises";
import type { IDisconnectPacket } from "mqtt-packet";
import { describe, expect, test } from "vitest";
import { keptSession, numberOf, numbers, publishNumbers, TestBed, TOPIC, VERSIONS } from "./test-bed.ts";
import type { TestClient } from "./testing/index.ts";

const SHARED = "$share/workers/device/+/telemetry/#";

/** Acknowledges until so many have come. */
async function take(client: TestClient, count: number): Promise<number[]> {
  const taken: number[] = [];
  while (taken.length < count) {
    const publish = await client.next("publish");
    client.puback(publish);
    taken.push(numberOf(publish));
  }
  return taken;
}

/** 100 messages for the first member, 32 of them in flight; then it ends, and a second one has been there since. */
async function endFirstMember(
  bed: TestBed,
  version: 4 | 5,
  end: (first: TestClient) => Promise<unknown>,
  expirySeconds = 0,
): Promise<TestClient> {
  const session = version === 5 ? { properties: { sessionExpiryInterval: expirySeconds } } : {};
  const first = await bed.subscriber(version, { clientId: "first", ...session }, SHARED);
  await publishNumbers(await bed.device(version), 100);
  await first.nextPublishes(32);
  const second = await bed.subscriber(version, { clientId: "second" }, SHARED);
  await end(first);
  return second;
}

describe.each(VERSIONS)("shared subscriptions on MQTT version %i", (version) => {
  test("each message goes to one member of a group, in turn; each group and plain subscriber gets its own", async () => {
    await using bed = await TestBed.start();
    const members = [
      await bed.subscriber(version, { clientId: "a" }, SHARED),
      await bed.subscriber(version, { clientId: "b" }, SHARED),
    ];
    const otherGroup = await bed.subscriber(version, { clientId: "c" }, SHARED.replace("workers", "others"));
    const plain = await bed.subscriber(version, { clientId: "d" });
    await publishNumbers(await bed.device(version), 20);
    const taken = await Promise.all(members.map((member) => take(member, 10)));
    expect(taken.map((list) => list.map((number) => number % 2)).map((list) => new Set(list).size)).toEqual([
      1, 1,
    ]);
    expect(taken.flat().sort((a, b) => a - b)).toEqual(numbers(1, 20));
    expect(await take(otherGroup, 20)).toEqual(numbers(1, 20));
    expect(await take(plain, 20)).toEqual(numbers(1, 20));
  });

  test("members of another organisation get nothing, and nothing is lost to them", async () => {
    await using bed = await TestBed.start();
    const globex = await bed.subscriber(version, { clientId: "a", organisation: "globex" }, SHARED);
    const acme = await bed.subscriber(version, { clientId: "b" }, SHARED);
    await publishNumbers(await bed.device(version), 10);
    expect(await take(acme, 10)).toEqual(numbers(1, 10));
    await globex.ping();
    expect(globex.received.filter(({ cmd }) => cmd === "publish")).toEqual([]);
  });

  test("a member that is away keeps being given its share while its session lasts", async () => {
    await using bed = await TestBed.start();
    const away = await bed.subscriber(version, { clientId: "a", ...keptSession(version) }, SHARED);
    const present = await bed.subscriber(version, { clientId: "b" }, SHARED);
    await away.cut();
    await publishNumbers(await bed.device(version), 10);
    await take(present, 5);
    expect(bed.platform.clients().find(({ clientId }) => clientId === "a")).toMatchObject({ queued: 5 });
  });

  test("shared subscribers get no retained messages", async () => {
    await using bed = await TestBed.start();
    const device = await bed.device(version);
    await device.publish(TOPIC, "1", { retain: true });
    const member = await bed.subscriber(version, {}, SHARED);
    await member.ping();
    expect(member.received.filter(({ cmd }) => cmd === "publish")).toEqual([]);
  });

  test("what a member whose socket died did not acknowledge goes to the others, in order", async () => {
    await using bed = await TestBed.start();
    const second = await endFirstMember(bed, version, (first) => first.cut());
    expect(await take(second, 100)).toEqual(numbers(1, 100));
    expect(bed.platform.ledger.entries({ event: "dropped" })).toEqual([]);
  });

  test("also after UNSUBSCRIBE and a close", async () => {
    await using bed = await TestBed.start();
    const second = await endFirstMember(bed, version, async (first) => {
      await first.unsubscribe(SHARED);
      await first.cut();
    });
    expect(await take(second, 100)).toEqual(numbers(1, 100));
  });

  test("DISCONNECT with reason 0 and no expiry, the clean shutdown, loses all, as on EMQX", async () => {
    await using bed = await TestBed.start();
    const second = await endFirstMember(bed, version, (first) => first.disconnect());
    await second.ping();
    expect(second.received.filter(({ cmd }) => cmd === "publish")).toEqual([]);
    const dropped = bed.platform.ledger.entries({ clientId: "first", event: "dropped" });
    expect(dropped.map(numberOf)).toEqual(numbers(1, 100));
    expect(new Set(dropped.map(({ reason }) => reason))).toEqual(new Set(["session-ended"]));
  });

  test("a session that expires passes all on", async () => {
    await using bed = await TestBed.start({ broker: { maxSessionExpirySeconds: 0.1 } });
    const session = keptSession(version);
    const first = await bed.subscriber(version, { clientId: "first", ...session }, SHARED);
    await publishNumbers(await bed.device(version), 40);
    await first.nextPublishes(32);
    const second = await bed.subscriber(version, { clientId: "second" }, SHARED);
    await first.cut();
    await sleep(200);
    expect(await take(second, 40)).toEqual(numbers(1, 40));
  });
});

test.each<[string, Omit<IDisconnectPacket, "cmd">]>([
  ["reason 0 and an expiry of 1 s", { reasonCode: 0, properties: { sessionExpiryInterval: 1 } }],
  ["reason 4", { reasonCode: 4, properties: { sessionExpiryInterval: 0 } }],
])("DISCONNECT on MQTT 5 with %s passes all on", async (_, disconnect) => {
  await using bed = await TestBed.start();
  const second = await endFirstMember(bed, 5, (first) => first.disconnect(disconnect), 10);
  expect(await take(second, 100)).toEqual(numbers(1, 100));
});
