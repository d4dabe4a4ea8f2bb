import { createFakeClock, type FakeClock } from "@tesa/core/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { event, FakeRelay, openOn } from "../testing/fake-relay.ts";
import type { Source } from "./source.ts";

let relay: FakeRelay;
let clock: FakeClock;
let source: Source | undefined;

beforeEach(() => {
  relay = new FakeRelay();
  clock = createFakeClock();
});
afterEach(() => source?.close());

function open() {
  const opened = openOn(relay, clock);
  source = opened.source;
  return opened;
}

/** Lets everything that is under way come to rest. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

test("it begins with what is known of the devices, then asks for the stream from shortly before the newest", async () => {
  relay.devices = [
    { latest: { seq: 1, deviceId: "old", receivedAt: 1_000, readings: [] } },
    { latest: { seq: 9, deviceId: "new", receivedAt: 500_000, readings: [] } },
  ];
  const { told } = open();
  await settle();
  expect(relay.paths).toEqual(["/v1/devices", "/v1/gaps", "/v1/stream?from=380000"]);
  // That of the other comes with the stream, in its order.
  expect(told.messages.map(({ deviceId }) => deviceId)).toEqual(["old"]);
  expect(told.links.at(-1)?.type).toBe("live");
});

test("the key is in the Authorization header of each request, and in no URL", async () => {
  open();
  await settle();
  for (const { path, headers } of relay.requests) {
    expect(headers.get("authorization")).toBe("Bearer a-key");
    expect(path).not.toContain("a-key");
  }
});

test("messages, gaps and states come in the order in which the relay sent them, cut anywhere", async () => {
  const { told } = open();
  await settle();
  const [stream] = relay.streams;
  const state = 'event: state\ndata: {"type":"live","since":5}\n\n';
  const gap = 'event: gap\ndata: {"kind":"certain","from":1,"to":2,"afterSeq":1}\n\n';
  for (const character of `${state}${event(1)}${gap}: heartbeat\n\n${event(2)}`) stream?.send(character);
  await settle();
  expect(told.messages.map(({ seq }) => seq)).toEqual([1, 2]);
  expect(told.gaps).toEqual([{ kind: "certain", from: 1, to: 2 }]);
  expect(told.upstreams.at(-1)).toEqual({ type: "live", since: 5 });
});

test("after a cut it waits, tells until when, and replays from the last event", async () => {
  const { told } = open();
  await settle();
  relay.streams[0]?.send(event(4));
  await settle();
  relay.streams[0]?.end();
  await settle();
  expect(told.links.at(-1)).toMatchObject({ type: "waiting", retryAt: clock.now() + 1_000 });
  await clock.advance(1_000);
  await settle();
  expect(relay.requests.at(-1)?.path).toBe("/v1/stream");
  expect(relay.requests.at(-1)?.headers.get("last-event-id")).toBe("e1:4");
  expect(told.links.at(-1)?.type).toBe("live");
});

test("waits double up to half a minute while the relay is away, and a try can be had at once", async () => {
  relay.answer = () => new TypeError("fetch failed");
  const { told } = open();
  const waits: number[] = [];
  for (let attempt = 0; attempt < 7; attempt += 1) {
    await settle();
    const last = told.links.at(-1);
    if (last?.type !== "waiting" || last.retryAt === null) throw new Error("It does not wait.");
    waits.push(last.retryAt - clock.now());
    expect(last.problem.code).toBe("relay-unreachable");
    await clock.advance(last.retryAt - clock.now());
  }
  expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  await settle();
  const asked = relay.requests.length;
  source?.retryNow();
  await settle();
  expect(relay.requests.length).toBeGreaterThan(asked);
});

test("a try that somebody asked for makes no later wait longer", async () => {
  relay.answer = () => new TypeError("fetch failed");
  const { told } = open();
  await settle();
  await clock.advance(1_000);
  const waits: number[] = [];
  for (let count = 0; count < 3; count += 1) {
    await settle();
    const last = told.links.at(-1);
    if (last?.type !== "waiting" || last.retryAt === null) throw new Error("It does not wait.");
    waits.push(last.retryAt - clock.now());
    source?.retryNow();
  }
  expect(waits).toEqual([2_000, 2_000, 2_000]);
});

test("a refused key ends it, with the relay's own words", async () => {
  relay.answer = () =>
    Response.json({ title: "Unauthorized", detail: "The key has expired." }, { status: 401 });
  const { told } = open();
  await settle();
  expect(told.links.at(-1)).toEqual({
    type: "refused",
    problem: { code: "relay-key-refused", message: "The key has expired." },
  });
  await clock.advance(3_600_000);
  await settle();
  expect(relay.requests).toHaveLength(1);
});

test("a busy relay is asked again when it says", async () => {
  relay.answer = () => new Response(null, { status: 429, headers: { "retry-after": "7" } });
  const { told } = open();
  await settle();
  expect(told.links.at(-1)).toMatchObject({ type: "waiting", retryAt: clock.now() + 7_000 });
});

test("a server whose every path is a page is no relay", async () => {
  relay.answer = () => new Response("<html>", { headers: { "content-type": "text/html" } });
  const { told } = open();
  await settle();
  expect(told.links.at(-1)).toMatchObject({ type: "refused", problem: { code: "relay-not-found" } });
});

test("a connection on which nothing comes, not even a comment, is cut and made anew at once", async () => {
  const { told } = open();
  await settle();
  relay.streams[0]?.send(event(1));
  await settle();
  await clock.advance(50_000);
  await settle();
  expect(relay.streams).toHaveLength(2);
  expect(told.links.at(-1)?.type).toBe("live");
});

test("a page that wakes up looks after its connection at once", async () => {
  open();
  await settle();
  relay.streams[0]?.send(event(1));
  await settle();
  // Timers stand still in sleep; the clock does not.
  await clock.advance(21_000);
  source?.checkNow("shown");
  await settle();
  expect(relay.streams).toHaveLength(2);
});

test("a machine that has slept needs a sign within 5 s, or the connection is made anew and replays", async () => {
  const { told } = open();
  await settle();
  relay.streams[0]?.send(event(1));
  await settle();
  await clock.advance(8_000);
  source?.checkNow("woken");
  source?.checkNow("woken");
  await clock.advance(4_000);
  relay.streams[0]?.send(": heartbeat\n\n");
  await settle();
  await clock.advance(10_000);
  expect(relay.streams).toHaveLength(1);
  source?.checkNow("shown");
  await clock.advance(9_000);
  expect(relay.streams).toHaveLength(1);
  relay.streams[0]?.send(": heartbeat\n\n");
  await settle();
  await clock.advance(1_000);
  source?.checkNow("woken");
  await clock.advance(4_999);
  await settle();
  expect(relay.streams).toHaveLength(1);
  await clock.advance(1);
  await settle();
  expect(relay.streams).toHaveLength(2);
  expect(relay.requests.at(-1)?.headers.get("last-event-id")).toBe("e1:1");
  expect(told.links.at(-1)?.type).toBe("live");
});

test("whoever was away for long does not replay all of it, and is told so", async () => {
  const { told } = open();
  await settle();
  relay.streams[0]?.send(event(1));
  await settle();
  relay.answer = () => new TypeError("fetch failed");
  relay.streams[0]?.end();
  await settle();
  await clock.advance(3_600_000);
  await settle();
  relay.answer = undefined;
  source?.retryNow();
  await settle();
  expect(told.gaps.at(-1)?.kind).toBe("skipped");
  expect(relay.paths.slice(-3, -1)).toEqual(["/v1/devices", "/v1/gaps"]);
});

test("a fleet that sends nothing for long is no absence: what comes meanwhile is replayed from its last message", async () => {
  const { told } = open();
  await settle();
  relay.streams[0]?.send(event(1));
  for (let count = 0; count < 60; count += 1) {
    await settle();
    await clock.advance(15_000);
    relay.streams[0]?.send(": heartbeat\n\n");
  }
  await settle();
  relay.streams[0]?.end();
  await settle();
  await clock.advance(1_000);
  await settle();
  expect(relay.requests.at(-1)?.headers.get("last-event-id")).toBe("e1:1");
  expect(told.gaps).toEqual([]);
});

test("what was skipped is told from its beginning to its end, by the clock of the relay", async () => {
  const aheadMs = 3_600_000;
  relay.answer = (path) =>
    path === "/v1/devices"
      ? Response.json({ devices: [] }, { headers: { date: new Date(clock.now() - aheadMs).toUTCString() } })
      : undefined;
  const { told } = open();
  await settle();
  relay.streams[0]?.send(event(1));
  await settle();
  const left = clock.now() - aheadMs;
  const { answer } = relay;
  relay.answer = () => new TypeError("fetch failed");
  relay.streams[0]?.end();
  await settle();
  await clock.advance(3_600_000);
  await settle();
  relay.answer = answer;
  source?.retryNow();
  await settle();
  const { from, to } = told.gaps.at(-1) ?? {};
  expect(Math.abs((from ?? 0) - left)).toBeLessThan(1_000);
  expect((to ?? 0) - (from ?? 0)).toBe(3_600_000);
});

test("what is replayed although it had come is not told twice", async () => {
  const { told } = open();
  await settle();
  relay.streams[0]?.send(event(1) + event(2) + event(2) + event(1) + event(3));
  await settle();
  expect(told.messages.map(({ seq }) => seq)).toEqual([1, 2, 3]);
});

test("a relay whose log was made anew counts from 1 again, and it is told that what comes is another stretch", async () => {
  const { told } = open();
  await settle();
  relay.streams[0]?.send(event(7));
  relay.streams[0]?.send(event(1).replace("e1:", "e2:"));
  await settle();
  expect(told.messages.map(({ seq }) => seq)).toEqual([7, 1]);
  expect(told.restarts).toBe(1);
});

test("after close() nothing is asked and nothing is told", async () => {
  const { told } = open();
  await settle();
  source?.close();
  await settle();
  const links = told.links.length;
  await clock.advance(600_000);
  await settle();
  expect(relay.requests).toHaveLength(3);
  expect(told.links).toHaveLength(links);
});

test("what is no event of ours is passed over", async () => {
  const { told } = open();
  await settle();
  relay.streams[0]?.send(
    "data: not json\n\nevent: state\ndata: 7\n\nevent: gap\ndata: {}\n\nevent: news\ndata: {}\n\n",
  );
  relay.streams[0]?.send(event(3));
  await settle();
  expect(told.messages.map(({ seq }) => seq)).toEqual([3]);
  expect(told.gaps).toEqual([]);
});
