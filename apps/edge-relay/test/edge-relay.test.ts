import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import { type Edge, makeKey, openEdge, until } from "./edge.ts";
import { openEvents } from "./event-client.ts";

let edge: Edge;
beforeAll(async () => {
  edge = await openEdge({
    bindings: { DEBUG: "*", TESA_EDGE_LINGER: "1" },
    organisations: ["acme", "globex"],
  });
}, 60_000);
afterAll(() => edge[Symbol.asyncDispose]());

const get = async (path: string, key?: string) =>
  await fetch(edge.url(path), key === undefined ? {} : { headers: { authorization: `Bearer ${key}` } });

/** The connections of applications that an organisation has at the broker. */
const connections = (organisation: string) =>
  edge.box.platform
    .clients()
    .filter(
      (client) => client.organisation === organisation && client.connected && client.subscriptions.length > 0,
    );

test("the relay connects when the first client comes, streams over wss, and sleeps when the last has gone", async () => {
  const key = await makeKey();
  expect((await get("/v1/telemetry", key)).status).toBe(200);
  expect(connections("acme")).toEqual([]);
  {
    await using client = openEvents(edge.url("/v1/stream?device=g1"), key);
    await until("live", () => client.notices.some(({ data }) => data.type === "live"));
    expect(connections("acme")).toHaveLength(1);
    await edge.box.publish("device/g2/telemetry/temperature", '{"value":1}');
    await edge.box.publish("device/g1/telemetry/temperature", '{"value":2}');
    await until("the event", () => client.events.length === 1);
    expect(client.events[0]?.data.payload).toEqual({ value: 2 });
  }
  await until("asleep", () => connections("acme").length === 0);
  const history = await get("/v1/telemetry", key);
  expect(await history.json()).toMatchObject({ messages: [{ deviceId: "g2" }, { deviceId: "g1" }] });
  await using again = openEvents(edge.url("/v1/stream"), key);
  await until("live again", () => again.notices.some(({ data }) => data.type === "live"));
}, 60_000);

test("the relay chooses the organisation by the key alone, and each gets its own", async () => {
  await using acme = openEvents(edge.url("/v1/stream"), await makeKey("acme"));
  await using other = openEvents(edge.url("/v1/stream"), await makeKey("globex"));
  for (const client of [acme, other]) {
    await until("live", () => client.notices.some(({ data }) => data.type === "live"));
  }
  await edge.publishAs("globex", "device/x1/telemetry/temperature", '{"value":3}');
  await edge.box.publish("device/g1/telemetry/temperature", '{"value":4}');
  await until("both", () => acme.events.length > 0 && other.events.length > 0);
  expect(acme.events.map(({ data }) => data.payload)).toEqual([{ value: 4 }]);
  expect(other.events.map(({ data }) => data.payload)).toEqual([{ value: 3 }]);
  expect((await get("/v1/devices?organisation=globex", await makeKey("acme"))).status).toBe(400);
  expect((await get("/globex/v1/devices", await makeKey("acme"))).status).toBe(404);
});

test("the relay refuses what brings no good key, in the same words everywhere, and wakes nobody", async () => {
  const forged = await makeKey("acme", { secret: "another-secret-of-32-bytes-or-more-bytes" });
  const none =
    `${btoa('{"alg":"none"}')}.${btoa('{"org":"acme","scope":["stream"],"exp":9999999999}')}.`.replaceAll(
      "=",
      "",
    );
  for (const path of ["/v1/stream", "/v1/telemetry", "/v1/devices", "/v1/gaps", "/metrics"]) {
    for (const key of [undefined, forged, none]) {
      const answer = await get(path, key);
      expect([path, answer.status]).toEqual([path, 401]);
      expect(answer.headers.get("content-type")).toContain("application/problem+json");
    }
    expect([path, (await get(path, await makeKey("initech"))).status]).toEqual([path, 403]);
  }
  expect((await get("/v1/stream", await makeKey("acme", { scope: ["history"] }))).status).toBe(403);
  expect((await get("/nothing", await makeKey())).status).toBe(404);
  expect((await get("/healthz")).status).toBe(200);
  expect((await get("/openapi.json")).status).toBe(200);
  expect(await (await get("/v1/access")).json()).toEqual({ access: "keys" });
});

test("a WebSocket is opened once by a ticket, which finds its organisation", async () => {
  const key = await makeKey();
  const headers = { authorization: `Bearer ${key}` };
  const issue = async () => {
    const answer = await fetch(edge.url("/v1/tickets"), { method: "POST", headers });
    expect(answer.status).toBe(201);
    return ((await answer.json()) as { readonly ticket: string }).ticket;
  };
  const open = (ticket: string) => {
    const url = edge.url(`/v1/ws?ticket=${ticket}`);
    url.protocol = "ws:";
    return new WebSocket(url);
  };
  const ticket = await issue();
  const socket = open(ticket);
  const frames: {
    readonly event: string;
    readonly data: { readonly type?: string; readonly payload?: unknown };
  }[] = [];
  socket.on("message", (data) => frames.push(JSON.parse(String(data))));
  await until("live", () => frames.some(({ data }) => data.type === "live"));
  await edge.box.publish("device/g1/telemetry/temperature", '{"value":5}');
  await until("the frame", () => frames.some(({ event }) => event === "telemetry"));
  socket.terminate();
  for (const bad of [ticket, "nonsense", key]) {
    const refused = open(bad);
    const status = await new Promise((resolve) => {
      refused.on("unexpected-response", (_, { statusCode }) => resolve(statusCode));
    });
    expect(status).toBe(401);
    refused.on("error", () => {});
    refused.terminate();
  }
});

test("the Worker's log never holds a token, DEBUG=* included", () => {
  expect(edge.log.join("\n")).not.toContain(edge.box.token);
});

test("where no dashboard was deployed, its address is nobody's", async () => {
  for (const path of ["/", "/index.html", "/assets/a.js"]) {
    const answer = await get(path);
    expect([path, answer.status, answer.headers.get("content-type")]).toEqual([
      path,
      404,
      "application/problem+json",
    ]);
  }
});
