import type { ReaderState } from "@tesa/log";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  caughtUp,
  errorOf,
  type ForwarderFixture,
  isState,
  numbers,
  seqs,
  startFixture,
} from "./testing/forwarder-fixture.ts";
import { entriesOf, entry, entryOn } from "./testing/messages.ts";
import { SECRET, startReceiver, verifySignature } from "./testing/receiver.ts";
import { until } from "./testing/until.ts";

let fixture: ForwarderFixture;

beforeEach(async () => {
  fixture = await startFixture();
});

afterEach(() => fixture[Symbol.asyncDispose]());

const OTHER_SECRET = `whsec_${Buffer.alloc(24, "OLD").toString("base64")}`;

describe("what the receiver gets", () => {
  test("is signed as Standard Webhooks says, and holds the messages as NDJSON has them", async () => {
    await fixture.log.append([
      entry("d1", '{"temperature":21.5}'),
      entry("d1", "hello"),
      entry("d1", Uint8Array.of(0xff, 0)),
    ]);
    const forwarder = await fixture.open({ lanes: 1 });
    await caughtUp(forwarder);
    expect(fixture.receiver.requests).toHaveLength(1);
    const [request] = fixture.receiver.requests;
    if (request === undefined) throw new Error("unreachable");
    verifySignature(request);
    expect(request.headers["content-type"]).toBe("application/json");
    expect(request.headers["webhook-timestamp"]).toBe("1700000000");
    expect(request.id).toBe(`${fixture.log.id}-${fixture.log.epoch}-lane0of1-1-3`);
    expect(JSON.parse(request.body)).toMatchObject({
      type: "telemetry.batch",
      timestamp: "2023-11-14T22:13:20.000Z",
      data: {
        log: fixture.log.id,
        epoch: fixture.log.epoch,
        firstSeq: 1,
        lastSeq: 3,
        messages: [
          { seq: 1, deviceId: "d1", payload: { temperature: 21.5 }, format: "json" },
          { seq: 2, payload: "hello", format: "text" },
          { seq: 3, payload: "/wA=", format: "binary" },
        ],
      },
    });
  });

  test("bears a signature of each secret while they are being changed", async () => {
    await fixture.log.append([entry("d1")]);
    await caughtUp(await fixture.open({ secret: [SECRET, OTHER_SECRET] }));
    const [request] = fixture.receiver.requests;
    if (request === undefined) throw new Error("unreachable");
    verifySignature(request, SECRET);
    verifySignature(request, OTHER_SECRET);
  });

  test("comes in the order of each device, over lanes that never overlap for one device", async () => {
    const devices = numbers(1, 12).map((number) => `device-${number}`);
    const underWay = new Set<string>();
    const overlaps: string[] = [];
    fixture.receiver.answer = async ({ messages }) => {
      const here = new Set(messages.map(({ deviceId }) => String(deviceId)));
      overlaps.push(...[...here].filter((device) => underWay.has(device)));
      for (const device of here) underWay.add(device);
      await new Promise((resolve) => setTimeout(resolve, 3));
      for (const device of here) underWay.delete(device);
      return 200;
    };
    const forwarder = await fixture.open({ lanes: 4, batchSize: 5 });
    for (let round = 0; round < 10; round += 1) await fixture.log.append(entriesOf(devices, 24));
    await caughtUp(forwarder);
    expect(overlaps).toEqual([]);
    expect(fixture.receiver.mostAtOnce).toBeGreaterThan(1);
    expect(fixture.receiver.mostAtOnce).toBeLessThanOrEqual(4);
    for (const device of devices) {
      const own = seqs(fixture.receiver.taken.filter(({ deviceId }) => deviceId === device));
      expect(own).toHaveLength(20);
      expect(own).toEqual([...own].sort((a, b) => a - b));
    }
    expect(forwarder.counts).toEqual({ delivered: 240, deadLetters: 0, missed: 0 });
  });

  test("comes in batches of the given number and of the given bytes, a larger message alone", async () => {
    await fixture.log.append(entriesOf(["d1"], 25));
    await fixture.log.append([entry("d1", `"${"x".repeat(3_000)}"`), ...entriesOf(["d1"], 2)]);
    await caughtUp(await fixture.open({ lanes: 1, batchSize: 10, maxBatchBytes: 2_500 }));
    expect(seqs(fixture.receiver.taken)).toEqual(numbers(1, 28));
    for (const { body, messages } of fixture.receiver.requests) {
      expect(messages.length).toBeLessThanOrEqual(10);
      if (messages.length > 1) expect(body.length).toBeLessThanOrEqual(2_500);
    }
    expect(
      fixture.receiver.requests.some(({ messages }) => messages.length === 1 && messages[0]?.seq === 26),
    ).toBe(true);
  });

  test("holds messages whose topic names no device too", async () => {
    await fixture.log.append([entryOn("plant/1/alarm"), entryOn("plant/2/alarm")]);
    await caughtUp(await fixture.open());
    expect(fixture.receiver.taken.map(({ deviceId }) => deviceId)).toEqual([null, null]);
  });

  test("grows to a batch while messages come in one by one, except the first", async () => {
    const forwarder = await fixture.open({ lanes: 1, lingerMs: 50 });
    await caughtUp(forwarder);
    for (let index = 0; index < 5; index += 1) {
      await fixture.log.append([entry("d1")]);
      if (index === 0) await until(() => fixture.receiver.taken.length === 1);
    }
    await until(() => fixture.clock.pending === 1, "the wait for more");
    await fixture.clock.advance(50);
    await caughtUp(forwarder);
    expect(fixture.receiver.requests.map(({ messages }) => messages.length)).toEqual([1, 4]);
  });
});

describe("the end", () => {
  test("a slow receiver delays no other reader of the log", async () => {
    await using slow = await startReceiver();
    slow.answer = () => () => {};
    await fixture.log.append(entriesOf(["d1", "d2"], 300));
    await fixture.open({ url: slow.url, name: "slow" });
    await until(() => slow.requests.length > 0);
    await caughtUp(await fixture.open());
    expect(fixture.receiver.taken).toHaveLength(300);
  });

  test("drain() delivers what is in the log and then closes", async () => {
    await fixture.log.append(entriesOf(["d1", "d2", "d3"], 500));
    const forwarder = await fixture.open();
    await forwarder.drain();
    expect(fixture.receiver.taken).toHaveLength(500);
    expect(forwarder.state).toEqual({ type: "closed" });
    await forwarder.drain();
    await forwarder.close();
  });

  test.each([503, 404])("drain() ends at once when the receiver has answered %i", async (status) => {
    fixture.receiver.answer = () => status;
    await fixture.log.append(entriesOf(["d1"], 5));
    const forwarder = await fixture.open({ lanes: 1 });
    await until(() => forwarder.state.type === "waiting" || forwarder.state.type === "paused");
    await forwarder.drain();
    expect(fixture.receiver.requests).toHaveLength(1);
    fixture.receiver.answer = () => 200;
    await caughtUp(await fixture.open({ lanes: 1 }));
    expect(seqs(fixture.receiver.taken)).toEqual(numbers(1, 5));
  });

  test("close() cuts off what is under way", async () => {
    fixture.receiver.answer = () => () => {};
    await fixture.log.append([entry("d1")]);
    const forwarder = await fixture.open();
    await until(() => fixture.receiver.requests.length === 1);
    await forwarder.close();
    await forwarder[Symbol.asyncDispose]();
    expect(forwarder.state).toEqual({ type: "closed" });
  });

  test("each change of the state is announced, once, to whoever still listens", async () => {
    const seen: ReaderState[] = [];
    fixture.receiver.answer = () => 503;
    const forwarder = await fixture.open({ lanes: 1 });
    await caughtUp(forwarder);
    const stop = forwarder.onState((state) => seen.push(state));
    await fixture.log.append([entry("d1")]);
    await isState(forwarder, "waiting");
    fixture.receiver.answer = () => 200;
    await fixture.clock.advance(1_000);
    await caughtUp(forwarder);
    stop();
    await forwarder.close();
    expect(seen.map(({ type }) => type)).toEqual(["reading", "waiting", "reading", "reading", "caught-up"]);
    expect(seen.map((state) => ("behind" in state ? state.behind : null))).toEqual([1, 1, 1, 0, null]);
  });
});

test("A secret, a path and a query of the URL are in no error and no state", async () => {
  const texts: string[] = [];
  for (const status of [500, 404, 302]) {
    fixture.receiver.answer = () => status;
    await fixture.log.append([entry("d1")]);
    const forwarder = await fixture.open({ name: `n${status}`, onMissed: () => {} });
    await until(() => forwarder.state.type === "waiting" || forwarder.state.type === "paused");
    const error = errorOf(forwarder);
    texts.push(JSON.stringify(forwarder.state), String(error), String(error.stack), forwarder.name);
    await forwarder.close();
  }
  expect(texts.length).toBe(12);
  for (const text of texts) {
    expect(text).not.toContain(SECRET.slice("whsec_".length));
    expect(text).not.toContain("secret-path");
    expect(text).not.toContain("secret-query");
  }
});
