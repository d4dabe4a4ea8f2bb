import { entries } from "@tesa/log/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SCHEMAS } from "./contract/schemas.ts";
import { rawClient, rawGet } from "./testing/raw-client.ts";
import { SERVERS, type ServedRelay, serveOn } from "./testing/served-relay.ts";
import { keyAccess, startRelay, testKey } from "./testing/start-relay.ts";

const EPOCH = "0123456789abcdef0123456789abcdef";

describe.each(SERVERS)("on %s", (on) => {
  let server: ServedRelay;
  beforeAll(async () => {
    server = await serveOn(on);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  test.each([
    ["/", 404, "unknown-route"],
    ["/v1", 404, "unknown-route"],
    ["/v1/stream/", 404, "unknown-route"],
    ["/v1/streams", 404, "unknown-route"],
    ["/v1/stream?devices=d1", 400, "bad-parameter"],
    ["/v1/stream?device=", 400, "bad-parameter"],
    [`/v1/stream?device=${"x".repeat(300)}`, 400, "bad-parameter"],
    [`/v1/stream?${"device=d&".repeat(101)}`, 400, "bad-parameter"],
    ["/v1/stream?view=all&view=latest", 400, "bad-parameter"],
    ["/v1/stream?view=newest", 400, "bad-parameter"],
    ["/v1/stream?view=latest&after=x:1", 400, "bad-parameter"],
    ["/v1/stream?from=yesterday", 400, "bad-parameter"],
    ["/v1/stream?from=-1", 400, "bad-parameter"],
    ["/v1/stream?from=1e3", 400, "bad-parameter"],
    ["/v1/stream?after=", 400, "bad-parameter"],
    ["/v1/stream?after=7", 400, "bad-event-id"],
    [`/v1/stream?after=${EPOCH}:-1`, 400, "bad-event-id"],
    [`/v1/stream?after=${EPOCH}:9007199254740993`, 400, "bad-event-id"],
    [`/v1/stream?after=${EPOCH}:0x10`, 400, "bad-event-id"],
    ["/v1/stream?after=%00:1", 400, "bad-event-id"],
    ["/v1/telemetry?limit=0", 400, "bad-parameter"],
    ["/v1/telemetry?limit=1001", 400, "bad-parameter"],
    ["/v1/telemetry?limit=ten", 400, "bad-parameter"],
    ["/v1/telemetry?cursor=first", 400, "bad-parameter"],
    [`/v1/telemetry?cursor=${EPOCH}:1`, 410, "cursor-gone"],
    ["/v1/telemetry?after=1", 400, "bad-parameter"],
    ["/v1/telemetry?to=99999999999999999999", 400, "bad-parameter"],
    ["/v1/devices?device=d1", 400, "bad-parameter"],
    ["/v1/gaps?limit=1", 400, "bad-parameter"],
  ])("GET %s is answered with %i %s", async (path, status, code) => {
    const answer = await fetch(`${server.url}${path}`);
    expect(answer.status).toBe(status);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    const problem = SCHEMAS.Problem.parse(await answer.json());
    expect(problem).toMatchObject({ status, code });
    expect(await server.clients()).toBe(0);
    expect(await server.failures()).toEqual([]);
  });

  test.each(["1", "a:b:3", `${EPOCH}:1e3`, " ", ":", "x".repeat(5_000)])(
    "the Last-Event-ID %j is answered with 400",
    async (id) => {
      using client = await rawClient(server.port, rawGet("/v1/stream", { "last-event-id": id }));
      // A header of white space alone is none.
      const expected = id.trim() === "" ? "event: state" : '"code":"bad-event-id"';
      expect(await client.until(expected)).toMatch(id.trim() === "" ? /^HTTP\/1.1 200/ : /^HTTP\/1.1 400/);
    },
  );

  test.each([
    ["POST", "/v1/stream", "GET"],
    ["DELETE", "/v1/telemetry", "GET"],
    ["GET", "/v1/tickets", "POST"],
    ["PUT", "/metrics", "GET"],
  ])("%s %s is answered with 405 and what is possible", async (method, path, allow) => {
    const answer = await fetch(`${server.url}${path}`, { method });
    expect(answer.status).toBe(405);
    expect(answer.headers.get("allow")).toBe(allow);
    expect(await answer.json()).toMatchObject({ code: "method-not-allowed" });
  });

  test("HEAD of a stream opens none", async () => {
    expect((await fetch(`${server.url}/v1/stream`, { method: "HEAD" })).status).toBe(405);
    expect(await server.clients()).toBe(0);
  });

  test.each([
    ["content-length", "5", "hello"],
    ["transfer-encoding", "chunked", "5\r\nhello\r\n0\r\n\r\n"],
  ])("a GET with a body (%s) is answered with 400", async (name, value, body) => {
    using client = await rawClient(server.port, rawGet("/v1/devices", { [name]: value }) + body);
    const text = await client.until('"code"');
    expect(text).toMatch(/^HTTP\/1.1 400/);
    expect(text).toContain("GET takes no body");
  });

  test.each(["/../v1/devices", "/v1/../v1/devices", "/v1/%2e%2e/v1/devices", "/healthz/../v1/devices"])(
    "the path %s opens nothing without a key",
    async (path) => {
      await using server = await serveOn(on, { access: await keyAccess() });
      using client = await rawClient(server.port, rawGet(path));
      expect(await client.until('"code"')).toMatch(/^HTTP\/1.1 (401|404)[\s\S]*application\/problem\+json/);
    },
  );

  test("a path with .. leads nowhere else: not to a file", async () => {
    await using server = await serveOn(on);
    using client = await rawClient(server.port, rawGet("/../../../../etc/passwd"));
    expect(await client.until('"code":"unknown-route"')).toMatch(/^HTTP\/1.1 404/);
  });

  test("pages of a foreign origin are refused on every route, those that are listed and the relay's own are not", async () => {
    await using server = await serveOn(on, {
      access: await keyAccess(),
      origins: ["https://app.example.com"],
    });
    const authorization = `Bearer ${await testKey()}`;
    const ask = (path: string, origin: string, method = "GET") =>
      fetch(`${server.url}${path}`, { method, headers: { authorization, origin } });
    for (const path of ["/v1/stream", "/v1/telemetry", "/v1/devices", "/v1/gaps", "/healthz", "/metrics"]) {
      const foreign = await ask(path, "https://evil.example.com");
      expect(foreign.status).toBe(403);
      expect(foreign.headers.get("access-control-allow-origin")).toBeNull();
      expect(await foreign.json()).toMatchObject({ code: "origin-not-allowed" });
    }
    expect((await ask("/v1/tickets", "null", "POST")).status).toBe(403);
    const listed = await ask("/v1/devices", "https://app.example.com");
    expect(listed.status).toBe(200);
    expect(listed.headers.get("access-control-allow-origin")).toBe("https://app.example.com");
    expect((await ask("/v1/devices", server.url)).status).toBe(200);
    // A page must be able to read why it was refused.
    const refused = await fetch(`${server.url}/v1/devices`, {
      headers: { origin: "https://app.example.com" },
    });
    expect(refused.status).toBe(401);
    expect(refused.headers.get("access-control-allow-origin")).toBe("https://app.example.com");
  });

  test("a page of a listed origin may ask beforehand, and reads a stream", async () => {
    const origin = "https://app.example.com";
    await using server = await serveOn(on, { access: await keyAccess(), origins: [origin] });
    const preflight = await fetch(`${server.url}/v1/stream`, {
      method: "OPTIONS",
      headers: {
        origin,
        "access-control-request-method": "GET",
        "access-control-request-headers": "authorization",
      },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get("access-control-allow-headers")).toContain("authorization");
    expect(preflight.headers.get("access-control-allow-headers")).toContain("last-event-id");
    const authorization = `Bearer ${await testKey()}`;
    const stream = await fetch(`${server.url}/v1/stream`, { headers: { origin, authorization } });
    expect(stream.headers.get("access-control-allow-origin")).toBe(origin);
    expect(stream.headers.get("vary")).toMatch(/origin/i);
    await stream.body?.cancel();
  });

  test("without keys, only requests to this machine's own names are answered", async () => {
    await using server = await serveOn(on);
    await server.log.append(entries(1));
    for (const host of ["evil.example.com", "127.0.0.1.evil.example.com", "192.168.1.7:8080"]) {
      using client = await rawClient(server.port, rawGet("/v1/devices", { host }));
      const text = await client.until('"code":"host-not-allowed"');
      expect(text).toMatch(/^HTTP\/1.1 403/);
      expect(text).not.toContain("readings");
    }
    for (const host of ["localhost:8080", "127.0.0.1", "[::1]:9"]) {
      using client = await rawClient(server.port, rawGet("/v1/devices", { host }));
      expect(await client.until('"devices"')).toMatch(/^HTTP\/1.1 200/);
    }
  });
});

test("a log that fails is told as such, without what it said", async () => {
  await using server = await startRelay();
  await server.log.close();
  for (const path of ["/v1/telemetry", "/v1/devices", "/v1/stream", "/readyz"]) {
    const answer = await fetch(`${server.url}${path}`);
    expect(answer.status).toBeGreaterThanOrEqual(500);
    expect(await answer.text()).not.toContain("closed");
  }
  expect(server.relay.clients).toBe(0);
});
