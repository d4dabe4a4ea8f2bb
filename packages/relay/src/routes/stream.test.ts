import { toNdjson } from "@tesa/core";
import { entries, entry } from "@tesa/log/testing";
import { describe, expect, test } from "vitest";
import { readStream } from "../testing/read-stream.ts";
import { SERVERS, serveOn } from "../testing/served-relay.ts";

describe.each(SERVERS)("GET /v1/stream on %s", (on) => {
  test("begins with the state, and hands out what is stored from then on, as NDJSON with its id", async () => {
    await using server = await serveOn(on);
    await server.log.append(entries(3));
    await using client = await readStream(`${server.url}/v1/stream`);
    expect(client.response.headers.get("content-type")).toBe("text/event-stream");
    const [state] = await client.received(1, "state");
    expect(state?.data).toMatchObject({ type: "idle", retryAt: null });
    await server.log.append([entry({ payload: '{"value":9007199254740993}' })]);
    const [event] = await client.received(1);
    const [stored] = (await server.log.read({ after: 3 })).messages;
    if (stored === undefined) throw new Error("Nothing was stored.");
    expect(event?.id).toBe(`${server.log.epoch}:4`);
    expect(event?.data).toEqual(JSON.parse(toNdjson(stored)));
    expect(client.seqs).toEqual([4]);
  });

  test("gives a client that comes back exactly what it missed, then live, in order and once", async () => {
    await using server = await serveOn(on);
    await server.log.append(entries(2_500));
    await using other = await readStream(`${server.url}/v1/stream`);
    const id = `${server.log.epoch}:700`;
    const opening = readStream(`${server.url}/v1/stream`, { "last-event-id": id });
    // Meanwhile more and more comes.
    for (let batch = 0; batch < 50; batch += 1) {
      await server.log.append(entries(10));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await using client = await opening;
    await server.log.append(entries(10));
    await client.received(3_010 - 700);
    expect(client.seqs).toEqual(Array.from({ length: 3_010 - 700 }, (_, index) => 701 + index));
    await other.received(3_010 - 2_500);
    expect(other.seqs.at(-1)).toBe(3_010);
  });

  test("replays from ring and log to clients that come back at random places, while messages come", async () => {
    const ring = { maxEvents: 64, maxBytes: 1_000_000 };
    await using server = await serveOn(on, { limits: { ring } });
    await server.log.append(entries(300));
    const places = [0, 1, 150, 236, 237, 299, 300];
    await using _holder = await readStream(`${server.url}/v1/stream`);
    const opening = places.map((seq) =>
      readStream(`${server.url}/v1/stream?after=${server.log.epoch}:${seq}`),
    );
    for (let batch = 0; batch < 40; batch += 1) {
      await server.log.append(entries(5));
      await new Promise((resolve) => setImmediate(resolve));
    }
    for (const [index, place] of places.entries()) {
      await using client = await (opening[index] as (typeof opening)[number]);
      await client.received(500 - place);
      expect(client.seqs).toEqual(Array.from({ length: 500 - place }, (_, offset) => place + 1 + offset));
    }
  });

  test("filters by device and by sensor, several of each", async () => {
    await using server = await serveOn(on);
    const all = ["a", "b", "c"].flatMap((device) =>
      ["temperature", "humidity", "rpm"].map((sensor) => entry({ device, sensor })),
    );
    await server.log.append(all);
    const query = "device=a&device=c&sensor=humidity&sensor=rpm&after=";
    await using client = await readStream(`${server.url}/v1/stream?${query}${server.log.epoch}:0`);
    await server.log.append(all);
    const seen = (await client.received(8)).map(({ data }) => `${data.deviceId}/${data.sensor}`);
    const expected = ["a/humidity", "a/rpm", "c/humidity", "c/rpm"];
    expect(seen).toEqual([...expected, ...expected]);
    expect(client.seqs).toEqual([2, 3, 8, 9, 11, 12, 17, 18]);
  });

  test("begins with what was received since, with from", async () => {
    await using server = await serveOn(on);
    await server.log.append(entries(10, (index) => ({ receivedAt: 1_000 + index })));
    await using client = await readStream(`${server.url}/v1/stream?from=1007`);
    await client.received(3);
    await server.log.append(entries(1, () => ({ receivedAt: 2_000 })));
    await client.received(4);
    expect(client.seqs).toEqual([8, 9, 10, 11]);
  });

  test("tells of what the log no longer has, and goes on with what there is", async () => {
    await using server = await serveOn(on, { retention: { maxRows: 10 } });
    const { log } = server;
    await log.append(entries(30, (index) => ({ receivedAt: 1_000 + index })));
    await using client = await readStream(`${server.url}/v1/stream?after=${log.epoch}:5`);
    await client.received(10);
    expect(client.events.find(({ event }) => event === "gap")?.data).toEqual({
      kind: "removed",
      from: null,
      to: 1_020,
      afterSeq: 5,
    });
    expect(client.seqs).toEqual([21, 22, 23, 24, 25, 26, 27, 28, 29, 30]);
  });

  test("tells a client of another epoch that what it had is gone, and gives it all of this one", async () => {
    await using server = await serveOn(on);
    await server.log.append(entries(3));
    await using client = await readStream(`${server.url}/v1/stream`, { "last-event-id": "another:17" });
    await client.received(3);
    expect(client.events.map(({ event }) => event)).toEqual([
      "state",
      "gap",
      "message",
      "message",
      "message",
    ]);
    expect(client.events[1]?.data).toMatchObject({ kind: "removed", afterSeq: null });
  });

  test("replays no more than it may, and says what is left out", async () => {
    await using server = await serveOn(on, { limits: { replay: 5 } });
    await server.log.append(entries(20));
    await using client = await readStream(`${server.url}/v1/stream?after=${server.log.epoch}:1`);
    await client.received(5);
    expect(client.seqs).toEqual([16, 17, 18, 19, 20]);
    expect((await client.received(1, "gap"))[0]?.data).toMatchObject({ kind: "removed", afterSeq: 1 });
  });

  test("tells of a gap at its place between messages, to live clients and in replay", async () => {
    await using server = await serveOn(on);
    await using live = await readStream(`${server.url}/v1/stream`);
    await server.log.append(entries(2));
    const [from, to] = [Date.now() - 2_000, Date.now()];
    await server.log.recordGap({ kind: "certain", from, to });
    await server.log.append(entries(2));
    await live.received(4);
    await using replayed = await readStream(`${server.url}/v1/stream?after=${server.log.epoch}:0`);
    await replayed.received(4);
    for (const client of [live, replayed]) {
      expect(client.events.slice(1).map(({ event, data }) => (event === "gap" ? data : data.seq))).toEqual([
        1,
        2,
        { kind: "certain", from, to, afterSeq: 2 },
        3,
        4,
      ]);
    }
  });

  test("tells of a gap although no message follows", async () => {
    await using server = await serveOn(on);
    await using client = await readStream(`${server.url}/v1/stream`);
    await client.received(1, "state");
    const [from, to] = [Date.now() - 2_000, Date.now()];
    await server.log.recordGap({ kind: "possible", from, to });
    const [gap] = await client.received(1, "gap");
    expect(gap).toEqual({ id: undefined, event: "gap", data: { kind: "possible", from, to, afterSeq: 0 } });
  });

  test("ends its streams when it is closed, and forgets clients that go", async () => {
    await using server = await serveOn(on);
    const gone = await readStream(`${server.url}/v1/stream`);
    await using client = await readStream(`${server.url}/v1/stream`);
    expect(await server.clients()).toBe(2);
    await gone[Symbol.asyncDispose]();
    await expect.poll(() => server.clients()).toBe(1);
    await server.closeRelay();
    expect(await client.ended()).toBe(true);
    expect(await server.clients()).toBe(0);
    expect(await server.failures()).toEqual([]);
  });

  test("view=latest gives the newest of each device, then what changes, without ids", async () => {
    await using server = await serveOn(on);
    await server.log.append(entries(10, (index) => ({ device: `d${index % 2}` })));
    await using client = await readStream(`${server.url}/v1/stream?view=latest`);
    await client.received(2);
    expect(client.seqs).toEqual([9, 10]);
    for (let batch = 0; batch < 100; batch += 1)
      await server.log.append(entries(1, () => ({ device: "d0" })));
    await expect.poll(() => client.seqs.at(-1)).toBe(110);
    expect(client.seqs.length).toBeLessThan(50);
    expect(client.events.every(({ id }) => id === undefined)).toBe(true);
  });
});
