import { toNdjson } from "@tesa/core";
import { entries, entry } from "@tesa/log/testing";
import { describe, expect, test } from "vitest";
import WebSocket from "ws";
import { SERVERS, type ServedRelay, serveOn } from "../testing/served-relay.ts";
import { keyAccess, testKey } from "../testing/start-relay.ts";

async function ticket({ url }: ServedRelay, key: string): Promise<string> {
  const answer = await fetch(`${url}/v1/tickets`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}` },
  });
  expect(answer.status).toBe(201);
  const { ticket: made, expiresAt } = (await answer.json()) as { ticket: string; expiresAt: number };
  expect(expiresAt - Date.now()).toBeGreaterThan(20_000);
  expect(expiresAt - Date.now()).toBeLessThanOrEqual(30_000);
  return made;
}

interface Frame {
  readonly id: string | null;
  readonly event: string;
  readonly data: { readonly seq?: number };
}

/** Opens a WebSocket; fulfils with the HTTP status instead where it is refused. */
async function open({ port }: ServedRelay, query: string, origin?: string) {
  const socket = new WebSocket(
    `ws://127.0.0.1:${port}/v1/ws?${query}`,
    origin === undefined ? {} : { origin },
  );
  const frames: Frame[] = [];
  socket.on("message", (data) => frames.push(JSON.parse(String(data)) as Frame));
  const refused = await new Promise<number | null>((resolve, reject) => {
    socket.once("open", () => resolve(null));
    socket.once("unexpected-response", (_request, response) => resolve(response.statusCode ?? 0));
    socket.once("error", reject);
  });
  socket.on("error", () => {});
  const closed = new Promise<number>((resolve) => socket.once("close", resolve));
  return { socket, frames, refused, closed };
}

describe.each(SERVERS)("on %s", (on) => {
  test("GET /v1/ws gives state, replay and live messages as text frames", async () => {
    await using server = await serveOn(on, { access: await keyAccess() });
    await server.log.append(entries(3));
    const { epoch } = server.log;
    const client = await open(server, `ticket=${await ticket(server, await testKey())}&after=${epoch}:1`);
    await server.log.append([entry({ device: "d9" })]);
    await expect.poll(() => client.frames.length).toBe(4);
    const [state, ...messages] = client.frames;
    expect(state).toMatchObject({ id: null, event: "state", data: { type: "idle" } });
    expect(messages.map(({ id, event }) => [id, event])).toEqual(
      [2, 3, 4].map((seq) => [`${epoch}:${seq}`, "telemetry"]),
    );
    const stored = (await server.log.read({ after: 3 })).messages.map((message) =>
      JSON.parse(toNdjson(message)),
    );
    expect(messages.at(-1)?.data).toEqual(stored[0]);
    await server.closeRelay();
    expect(await client.closed).toBe(1001);
  });

  test("a ticket opens one WebSocket, with what its key allows", async () => {
    await using server = await serveOn(on, { access: await keyAccess() });
    await server.log.append(entries(4, (index) => ({ device: `d${index % 2}` })));
    const one = await ticket(server, await testKey({ devices: ["d1"] }));
    const client = await open(server, `ticket=${one}&after=${server.log.epoch}:0`);
    await expect.poll(() => client.frames.length).toBe(3);
    expect(client.frames.slice(1).map(({ data }) => data.seq)).toEqual([2, 4]);
    expect((await open(server, `ticket=${one}`)).refused).toBe(401);
    const other = await ticket(server, await testKey({ devices: ["d1"] }));
    expect((await open(server, `ticket=${other}&device=d0`)).refused).toBe(403);
  });

  test.each([
    ["without a ticket", "device=d1", 401],
    ["with a ticket that was never made", "ticket=abc", 401],
  ])("refuses a WebSocket %s", async (_name, query, status) => {
    await using server = await serveOn(on, { access: await keyAccess() });
    expect((await open(server, query)).refused).toBe(status);
    expect(await server.clients()).toBe(0);
  });

  test("refuses a WebSocket of a page that may not use the relay, and takes one that may", async () => {
    await using server = await serveOn(on, {
      access: await keyAccess(),
      origins: ["https://app.example.com"],
    });
    const one = await ticket(server, await testKey());
    expect((await open(server, `ticket=${one}`, "https://evil.example.com")).refused).toBe(403);
    // It was not used up.
    expect((await open(server, `ticket=${one}`, "https://app.example.com")).refused).toBeNull();
  });

  test("counts a WebSocket as a client until it has gone", async () => {
    await using server = await serveOn(on, { access: await keyAccess() });
    const client = await open(server, `ticket=${await ticket(server, await testKey())}`);
    await expect.poll(() => server.clients()).toBe(1);
    client.socket.terminate();
    await expect.poll(() => server.clients()).toBe(0);
  });

  test("asks for an upgrade, and says so where the server opens no WebSockets", async () => {
    await using server = await serveOn(on);
    expect((await fetch(`${server.url}/v1/ws`)).status).toBe(426);
    await using without = await serveOn(on, { sockets: false });
    expect((await fetch(`${without.url}/v1/ws`)).status).toBe(501);
  });
});
