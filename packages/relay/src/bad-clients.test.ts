import { entries } from "@tesa/log/testing";
import { describe, expect, test } from "vitest";
import { rawClient, rawGet } from "./testing/raw-client.ts";
import { readStream } from "./testing/read-stream.ts";
import { SERVERS, serveOn } from "./testing/served-relay.ts";

const big = (count: number) =>
  entries(count, () => ({ payload: JSON.stringify({ value: "x".repeat(10_000) }) }));

describe.each(SERVERS)("on %s", (on) => {
  test("a client that never reads is dropped and counted, holds little memory, and delays nobody", async () => {
    const ring = { maxEvents: 50, maxBytes: 1_000_000 };
    await using server = await serveOn(on, { retention: { maxRows: 100 }, limits: { stallMs: 500, ring } });
    const { log, usedHeap = () => 0 } = server;
    await log.append(big(100));
    using sleeper = await rawClient(server.port, rawGet(`/v1/stream?after=${log.epoch}:0`), { reads: false });
    const onlySeq = { keep: (data: unknown) => ({ seq: (data as { seq?: number }).seq }) };
    await using client = await readStream(`${server.url}/v1/stream`, {}, onlySeq);
    await expect.poll(() => server.clients()).toBe(2);
    const before = usedHeap();
    for (let appended = 100; appended <= 3_000; appended += 100) {
      await log.append(big(100));
      await client.received(appended);
    }
    // 60 MB of events have passed.
    expect(usedHeap() - before).toBeLessThan(15_000_000);
    await expect.poll(() => server.clients(), { timeout: 10_000 }).toBe(1);
    // What it left unread stands before the end: it learns of that only now.
    sleeper.socket.resume();
    await sleeper.closed;
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    expect(metrics).toContain("\ntesa_relay_drops_total 1\n");
    expect(client.seqs.length).toBe(3_000);
  }, 60_000);

  test("a client that reads slowly gets everything, from the log, in order", async () => {
    const ring = { maxEvents: 50, maxBytes: 1_000_000 };
    await using server = await serveOn(on, { limits: { ring } });
    using slow = await rawClient(server.port, rawGet("/v1/stream"), { reads: false });
    await expect.poll(() => server.clients()).toBe(1);
    // More than all buffers on the way hold.
    for (let batch = 0; batch < 20; batch += 1) await server.log.append(big(100));
    await server.log.append(entries(1));
    let text = "";
    slow.socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      slow.socket.pause();
      setTimeout(() => slow.socket.resume(), 1);
    });
    await expect.poll(() => text.includes(`id: ${server.log.epoch}:2001\n`), { timeout: 30_000 }).toBe(true);
    const ids = [...text.matchAll(/^id: \w+:(\d+)\r?\ndata/gm)].map(([, seq]) => Number(seq));
    expect(ids).toEqual(Array.from({ length: 2_001 }, (_, index) => index + 1));
  }, 60_000);

  test("clients that disconnect in the middle of a replay leave nothing behind", async () => {
    await using server = await serveOn(on);
    for (let batch = 0; batch < 10; batch += 1) await server.log.append(big(100));
    const leave = async () => {
      using client = await rawClient(server.port, rawGet(`/v1/stream?after=${server.log.epoch}:0`));
      await client.until("data: ");
    };
    await leave();
    await expect.poll(() => server.clients()).toBe(0);
    const { usedHeap = () => 0 } = server;
    const before = usedHeap();
    for (let round = 0; round < 10; round += 1) await Promise.all(Array.from({ length: 20 }, leave));
    await expect.poll(() => server.clients()).toBe(0);
    // 200 clients, each with 64 KiB and more under way when it left.
    await expect.poll(() => usedHeap() - before, { timeout: 10_000, interval: 500 }).toBeLessThan(8_000_000);
    expect(await server.failures()).toEqual([]);
  }, 60_000);

  test("a thousand idle connections, and a thousand idle streams, do not disturb", async () => {
    await using server = await serveOn(on);
    const silent = await inGroups(1_000, () => rawClient(server.port, ""));
    const idle = await inGroups(1_000, () => rawClient(server.port, rawGet("/v1/stream?device=nobody")));
    await expect.poll(() => server.clients(), { timeout: 20_000 }).toBe(1_000);
    await using client = await readStream(`${server.url}/v1/stream`);
    await server.log.append(entries(100));
    await client.received(100);
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    for (const { socket } of [...silent, ...idle]) socket.destroy();
    await expect.poll(() => server.clients(), { timeout: 20_000 }).toBe(1);
  }, 60_000);

  test("a silent stream gets a heartbeat", async () => {
    await using server = await serveOn(on, { limits: { heartbeatMs: 500 } });
    using client = await rawClient(server.port, rawGet("/v1/stream"));
    await client.until("\n:\n\n");
  });
});

async function inGroups<T>(count: number, make: () => Promise<T>): Promise<T[]> {
  const all: T[] = [];
  while (all.length < count) all.push(...(await Promise.all(Array.from({ length: 50 }, make))));
  return all;
}
