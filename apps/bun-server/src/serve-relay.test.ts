import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openBox } from "@tesa/platform/testing";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { keyHeader, RELAY_SECRET, startServer, urlOf } from "./testing/server.ts";

const _FAKE = "tesa_mqtt_acme_FAKEFAKEFAKEFAKEFAKEFAKEFAKE0001";
const TOPIC = "device/g1/telemetry/temperature";
/** Bun, the box and vitest take turns on what may be a small machine. */
const PATIENCE = { timeout: 10_000 };

let shared: { readonly url: string } & AsyncDisposable;
/** A server without keys that several tests ask. */
async function openServer(): Promise<string> {
  shared ??= await startShared();
  return shared.url;
}
afterAll(async () => await shared?.[Symbol.asyncDispose]());

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tesa-bun-server-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("nobody comes in without a key, with one of another secret, or of another organisation", async () => {
  await using box = await openBox();
  await using server = startServer({ ...box.env, TESA_RELAY_SECRET: RELAY_SECRET });
  const url = await urlOf(server);
  const status = async (path: string, headers = {}) => (await fetch(url + path, { headers })).status;
  for (const path of ["/v1/stream", "/v1/telemetry", "/v1/devices", "/v1/gaps"]) {
    expect(await status(path)).toBe(401);
    expect(await status(path, await keyHeader({ secretText: RELAY_SECRET.toUpperCase() }))).toBe(401);
    expect(await status(path, await keyHeader({ organisation: "globex" }))).toBe(403);
  }
});

test("a WebSocket is opened with a ticket, once", async () => {
  await using box = await openBox();
  await using server = startServer({ ...box.env, TESA_RELAY_SECRET: RELAY_SECRET });
  const url = await urlOf(server);
  await server.until("stderr", "live");
  const issued = await fetch(`${url}/v1/tickets`, { method: "POST", headers: await keyHeader() });
  const { ticket } = (await issued.json()) as { ticket: string };
  const address = `${url.replace("http", "ws")}/v1/ws?ticket=${ticket}`;
  const received: Record<string, unknown>[] = [];
  const socket = new WebSocket(address);
  socket.addEventListener("message", ({ data }) => received.push(JSON.parse(data)));
  await new Promise((resolve) => socket.addEventListener("open", resolve, { once: true }));
  await box.publish(TOPIC, "7");
  await expect
    .poll(() => received.find(({ event }) => event === "telemetry"), PATIENCE)
    .toMatchObject({ data: { payload: 7 } });
  const again = new WebSocket(address);
  await new Promise((resolve) => again.addEventListener("error", resolve, { once: true }));
  socket.close();
});

test.each<[string, RequestInit, number]>([
  ["/v1/nothing", {}, 404],
  ["/v1/../../etc/passwd", {}, 404],
  ["/v1/stream?view=all-of-it", {}, 400],
  ["/v1/telemetry?cursor=x", {}, 400],
  ["/v1/stream", { headers: { "last-event-id": "x" } }, 400],
  ["/v1/telemetry", { method: "POST", body: "x" }, 405],
  ["/v1/telemetry", { headers: { origin: "https://evil.example" } }, 403],
  ["/v1/telemetry", { headers: { host: "evil.example" } }, 403],
  ["/v1/ws?ticket=x", {}, 426],
])("%s %j is answered with a problem, %d", async (path, init, status) => {
  const answer = await ask(await openServer(), path, init);
  expect(answer).toMatchObject({ status, type: "application/problem+json", problem: { status } });
});

test("clients that go without a word are noticed", async () => {
  await using box = await openBox();
  await using server = startServer({ ...box.env, TESA_RELAY_OPEN: "1" });
  const url = await urlOf(server);
  const clients = async () =>
    /^tesa_relay_clients (\d+)$/m.exec(await (await fetch(`${url}/metrics`)).text())?.[1];
  const { port } = new URL(url);
  const sockets = Array.from({ length: 50 }, () => {
    const socket = connect(Number(port), "127.0.0.1");
    return socket.on("error", () => {}).resume();
  });
  for (const socket of sockets) socket.write(`GET /v1/stream HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
  await expect.poll(clients, PATIENCE).toBe("50");
  for (const socket of sockets) socket.destroy();
  await expect.poll(clients, PATIENCE).toBe("0");
});

test("a folder of static files is served beside the relay, and nothing outside of it", async () => {
  await using box = await openBox();
  mkdirSync(join(folder, "site"));
  writeFileSync(join(folder, "site/index.html"), "<!doctype html><title>page</title>");
  writeFileSync(join(folder, "outside.txt"), "outside");
  await using server = startServer({
    ...box.env,
    TESA_RELAY_SECRET: RELAY_SECRET,
    TESA_DASHBOARD: join(folder, "site"),
  });
  const url = await urlOf(server);
  const page = await fetch(`${url}/`);
  expect(page.headers.get("content-type")).toContain("text/html");
  expect(await page.text()).toContain("<title>page</title>");
  for (const path of ["/../outside.txt", "/..%2foutside.txt", "/%2e%2e/outside.txt", "/nothing.js"]) {
    const answer = await fetch(url + path);
    expect(answer.status).toBe(404);
    expect(await answer.text()).not.toContain("outside");
  }
  expect((await fetch(`${url}/v1/devices`)).status).toBe(401);
});

async function startShared(): Promise<{ readonly url: string } & AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  const box = stack.use(await openBox());
  const server = stack.use(startServer({ ...box.env, TESA_RELAY_OPEN: "1" }));
  const url = await urlOf(server);
  const opened = stack.move();
  return { url, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

/** Asks by `node:http`, which sends a path and a Host as they are. */
function ask(url: string, path: string, { method = "GET", headers, body }: RequestInit) {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const sent = request({ hostname, port, path, method, headers: headers as Record<string, string> });
    sent.on("error", reject);
    sent.on("response", async (response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk);
      const problem = JSON.parse(Buffer.concat(chunks).toString());
      resolve({ status: response.statusCode, type: response.headers["content-type"], problem });
    });
    sent.end(body ?? undefined);
  });
}
