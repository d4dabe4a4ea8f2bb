import { entry } from "@tesa/log/testing";
import { expect, test } from "vitest";
import { getJson } from "../testing/get-json.ts";
import { readStream } from "../testing/read-stream.ts";
import { type StartedRelay, startRelay } from "../testing/start-relay.ts";
import { SCHEMAS } from "./schemas.ts";

async function filled(): Promise<StartedRelay> {
  const server = await startRelay();
  await server.log.append([
    entry({ device: "d1", payload: '{"timestamp":"2026-02-04T10:30:45.123","temperature":25.5,"on":true}' }),
    entry({ device: "d2", payload: "just text" }),
    entry({ device: "d3", payload: new Uint8Array([0, 255, 128]), retained: true }),
    entry({ topic: "device/d4/telemetry/motor/2/rpm", payload: '{"value":9007199254740993}', packetId: 7 }),
    entry({ topic: "elsewhere", payload: "21.5" }),
  ]);
  await server.log.recordGap({ kind: "possible", from: Date.now() - 10, to: Date.now() });
  return server;
}

test("every answer is as its schema says", async () => {
  await using server = await filled();
  const { url, log } = server;
  SCHEMAS.Telemetry.parse(await getJson(`${url}/v1/telemetry`));
  SCHEMAS.Devices.parse(await getJson(`${url}/v1/devices`));
  SCHEMAS.Access.parse(await getJson(`${url}/v1/access`));
  SCHEMAS.Gaps.parse(await getJson(`${url}/v1/gaps`));
  SCHEMAS.Problem.parse(await getJson(`${url}/nowhere`));
  SCHEMAS.Ticket.parse(await (await fetch(`${url}/v1/tickets`, { method: "POST" })).json());
  await using client = await readStream(`${url}/v1/stream?after=${log.epoch}:0`);
  for (const { data } of await client.received(5)) SCHEMAS.Message.parse(data);
  for (const { data } of await client.received(1, "gap")) SCHEMAS.Gap.parse(data);
  for (const { data } of await client.received(1, "state")) SCHEMAS.State.parse(data);
});

test("GET /openapi.json describes every route, with the schemas and parameters", async () => {
  await using server = await startRelay();
  const document = await getJson(`${server.url}/openapi.json`);
  expect(document.openapi).toBe("3.1.0");
  const routes = server.relay.app.routes.map(({ path }) => path).filter((path) => path !== "/*");
  expect(new Set(Object.keys(document.paths))).toEqual(
    new Set(routes.filter((path) => path !== "/openapi.json")),
  );
  const { parameters } = document.paths["/v1/telemetry"].get;
  expect(parameters.find(({ name }: { name: string }) => name === "limit").schema).toMatchObject({
    type: "integer",
    minimum: 1,
    maximum: 1_000,
  });
  expect(document.components.schemas.Message.required).toContain("readings");
  const references = JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g);
  for (const [, name] of references) expect(Object.keys(document.components.schemas)).toContain(name);
});

test("history comes in pages that join without a seam, also through what matches nothing", async () => {
  await using server = await startRelay();
  const batch = Array.from({ length: 250 }, (_, index) =>
    entry({ device: index % 10 === 3 ? "rare" : "often" }),
  );
  await server.log.append(batch);
  for (const [query, expected] of [
    ["limit=40", Array.from({ length: 250 }, (_, index) => index + 1)],
    ["limit=4&device=rare", Array.from({ length: 25 }, (_, index) => index * 10 + 4)],
    ["limit=9&device=rare&device=nobody", Array.from({ length: 25 }, (_, index) => index * 10 + 4)],
    ["limit=250", Array.from({ length: 250 }, (_, index) => index + 1)],
  ] as const) {
    const seqs: number[] = [];
    for (let cursor = ""; ; ) {
      const page = await getJson(`${server.url}/v1/telemetry?${query}${cursor}`);
      seqs.push(...page.messages.map(({ seq }: { seq: number }) => seq));
      if (page.next === null) break;
      cursor = `&cursor=${page.next}`;
    }
    expect(seqs).toEqual(expected);
  }
});

test("history is limited by time: from is part of it, to is not", async () => {
  await using server = await startRelay();
  await server.log.append(Array.from({ length: 10 }, (_, index) => entry({ receivedAt: 1_000 + index })));
  const { messages } = await getJson(`${server.url}/v1/telemetry?from=1003&to=1006`);
  expect(messages.map(({ receivedAt }: { receivedAt: number }) => receivedAt)).toEqual([1_003, 1_004, 1_005]);
});
