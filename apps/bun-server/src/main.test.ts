import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { openBox, SECRET, spellingsIn, startReceiver } from "@tesa/platform/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { APP, keyHeader, openLive, RELAY_SECRET, startServer, urlOf } from "./testing/server.ts";

const FAKE = "tesa_mqtt_acme_FAKEFAKEFAKEFAKEFAKEFAKEFAKE0001";
const TOPIC = "device/g1/telemetry/temperature";
/** Bun, the box and vitest take turns on what may be a small machine. */
const PATIENCE = { timeout: 10_000 };

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tesa-bun-server-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("what devices send is served live, as history and by device; SIGTERM ends all of it with 0", async () => {
  await using box = await openBox();
  await using server = startServer({ ...box.env, TESA_RELAY_SECRET: RELAY_SECRET });
  const url = await urlOf(server);
  await server.until("stderr", "live: device/+/telemetry/# of organisation acme");
  const headers = await keyHeader();
  await using live = await openLive(url, headers);
  await box.publish(TOPIC, '{"value":21.5,"unit":"°C"}');
  await expect.poll(() => live.payloads, PATIENCE).toEqual([{ value: 21.5, unit: "°C" }]);
  expect(live.events[0]).toMatchObject({ event: "state", data: { type: "live" } });
  const history = await (await fetch(`${url}/v1/telemetry`, { headers })).json();
  expect(history).toMatchObject({ messages: [{ seq: 1, deviceId: "g1", readings: [{ value: 21.5 }] }] });
  const devices = await (await fetch(`${url}/v1/devices`, { headers })).json();
  expect(devices).toMatchObject({ devices: [{ deviceId: "g1" }] });
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  expect(await (await fetch(`${url}/v1/devices`)).text()).toContain("bun src/key.ts");

  server.child.kill("SIGTERM");
  await live.ended;
  const { code, stdout, stderr } = await server.result;
  expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
  expect(live.events.at(-1)).toMatchObject({ event: "state", data: { type: "closed" } });
  expect(stderr.trimEnd().split("\n").at(-1)).toMatch(/^tesa: 1 message in .* 1 received, 1 stored/);
});

test("a client that comes back after a crash gets exactly what it missed", async () => {
  await using box = await openBox();
  const env = {
    ...box.env,
    TESA_RELAY_SECRET: RELAY_SECRET,
    TESA_LOG: `sqlite:${join(folder, "telemetry.db")}`,
  };
  const headers = await keyHeader();
  await using first = startServer(env);
  await first.until("stderr", "live");
  await using before = await openLive(await urlOf(first), headers);
  for (const value of [1, 2]) await box.publish(TOPIC, String(value));
  await expect.poll(() => before.payloads, PATIENCE).toEqual([1, 2]);
  first.child.kill("SIGKILL");
  await first.result;
  for (const value of [3, 4]) await box.publish(TOPIC, String(value));

  await using second = startServer(env);
  await second.until("stderr", "live");
  const lastEventId = before.events.at(-1)?.id ?? "";
  await using after = await openLive(await urlOf(second), { ...headers, "last-event-id": lastEventId });
  await box.publish(TOPIC, "5");
  await expect.poll(() => after.payloads, PATIENCE).toEqual([3, 4, 5]);
  second.child.kill("SIGTERM");
  expect(await second.result).toMatchObject({ code: 0 });
  const database = new DatabaseSync(join(folder, "telemetry.db"), { readOnly: true });
  expect(database.prepare("SELECT count(*) AS count, max(seq) AS last FROM message").get()).toMatchObject({
    count: 5,
    last: 5,
  });
  database.close();
});

test("a topic filter in .env keeps its #, which Bun's own reading of the file would cut off", async () => {
  await using box = await openBox();
  const settings = { ...box.env, MQTT_TOPIC: "device/g1/telemetry/#", TESA_RELAY_SECRET: RELAY_SECRET };
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  writeFileSync(join(folder, ".env"), lines.join("\n"));
  cpSync(join(APP, "bunfig.toml"), join(folder, "bunfig.toml"));
  await using server = startServer({}, folder);
  await server.until("stderr", "live: device/g1/telemetry/# of organisation acme");
});

test("a refused token ends it with 77", async () => {
  await using box = await openBox();
  await using server = startServer({ ...box.env, MQTT_API_TOKEN: FAKE, TESA_RELAY_SECRET: RELAY_SECRET });
  const { code, stderr } = await server.result;
  expect(code).toBe(77);
  expect(stderr).toContain("refused the token");
});

test("everything that is wrong with the configuration is told at once, with 78 and without a secret", async () => {
  await using server = startServer({
    MQTT_API_TOKEN: FAKE,
    MQTT_BROKER_URL: "http://example.com",
    PORT: "eighty",
    HOST: "0.0.0.0",
    TESA_RELAY_SECRET: "hunter2",
    TESA_RELAY_ORIGINS: "app.example.com, https://app.example.com/",
    TESA_DASHBOARD: folder,
    TESA_DASHBOARD_CONNECT: "wss://mqtt.example:8085 mqtt.example",
    TESA_LOG: "telemetry.db",
    TESA_WEBHOOK_URL: "ftp://x",
  });
  const { code, stdout, stderr } = await server.result;
  expect({ code, stdout }).toEqual({ code: 78, stdout: "" });
  for (const problem of [
    /^ {2}- MQTT_BROKER_URL "http:/m,
    /^ {2}- PORT "eighty" is no port/m,
    /^ {2}- TESA_RELAY_SECRET has to be .* has 7 bytes/m,
    /^ {2}- TESA_RELAY_ORIGINS has "app\.example\.com" in it/m,
    /^ {2}- TESA_RELAY_ORIGINS has "https:\/\/app\.example\.com\/" in it/m,
    /^ {2}- TESA_DASHBOARD ".*" is no folder with an index\.html/m,
    /^ {2}- TESA_DASHBOARD_CONNECT has "mqtt\.example" in it: an origin looks like/m,
    /^ {2}- TESA_LOG "telemetry\.db" is no log/m,
    /^ {2}- TESA_WEBHOOK_URL /m,
  ]) {
    expect(stderr).toMatch(problem);
  }
  expect(stderr).not.toMatch(/^ +at |FAKE|hunter2/m);
});

test.each([
  [{}, /^ {2}- TESA_RELAY_SECRET is not set: .*openssl rand -hex 32/m],
  [{ TESA_RELAY_OPEN: "1", HOST: "0.0.0.0" }, /^ {2}- TESA_RELAY_OPEN is for this machine alone/m],
  [
    { TESA_RELAY_OPEN: "1", TESA_RELAY_SECRET: RELAY_SECRET },
    /^ {2}- TESA_RELAY_OPEN and TESA_RELAY_SECRET/m,
  ],
  [{ TESA_RELAY_OPEN: "yes" }, /^ {2}- TESA_RELAY_OPEN "yes" is neither 1 nor 0/m],
])("no relay without keys beyond this machine: %j is a bad configuration", async (env, problem) => {
  await using server = startServer({ MQTT_API_TOKEN: FAKE, ...env });
  const { code, stderr } = await server.result;
  expect(code).toBe(78);
  expect(stderr).toMatch(problem);
});

test("a port that is taken ends it with 69", async () => {
  await using box = await openBox();
  const other = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => other.once("listening", resolve));
  const { port } = other.address() as { port: number };
  await using server = startServer({ ...box.env, TESA_RELAY_OPEN: "1", PORT: String(port) });
  const { code, stderr } = await server.result;
  other.close();
  expect(code).toBe(69);
  expect(stderr).toContain(`Cannot serve on 127.0.0.1:${port}`);
});

test("a broker whose certificate is not trusted is refused", async () => {
  await using box = await openBox();
  const { CA_CERT_PATH: _, ...env } = box.env;
  await using server = startServer({ ...env, TESA_RELAY_OPEN: "1" });
  const { code, stderr } = await server.result;
  expect(code).toBe(69);
  expect(stderr).toMatch(/ended: .*certificate/);
});

test("the webhook gets what comes, and no debug switch makes a secret appear", async () => {
  await using box = await openBox();
  await using receiver = await startReceiver();
  await using server = startServer({
    ...box.env,
    TESA_LOG: `sqlite:${join(folder, "telemetry.db")}`,
    TESA_WEBHOOK_URL: receiver.url,
    TESA_WEBHOOK_SECRET: SECRET,
    TESA_RELAY_SECRET: RELAY_SECRET,
    DEBUG: "*",
    NODE_DEBUG: "*",
    TESA_DEBUG: "1",
    BUN_CONFIG_VERBOSE_FETCH: "true",
  });
  const url = await urlOf(server);
  await server.until("stderr", "live");
  await box.publish(TOPIC, "1");
  await expect.poll(() => receiver.taken, PATIENCE).toEqual([1]);
  const headers = await keyHeader();
  await fetch(`${url}/v1/telemetry`, { headers });
  server.child.kill("SIGTERM");
  const { code, stdout, stderr } = await server.result;
  expect(code).toBe(0);
  expect(stderr).toContain("1 delivered");
  for (const secret of [box.token, SECRET, RELAY_SECRET, headers.authorization ?? ""]) {
    expect(spellingsIn(stdout + stderr, secret)).toEqual([]);
  }
});

test("key.ts makes a key that the server takes, for the devices that are named", async () => {
  await using box = await openBox();
  const env = { ...box.env, TESA_RELAY_SECRET: RELAY_SECRET };
  await using server = startServer(env);
  await using maker = startServer(env, APP, ["src/key.ts", "g2"]);
  const { code, stdout } = await maker.result;
  expect(code).toBe(0);
  const headers = { authorization: `Bearer ${stdout.trim()}` };
  const url = await urlOf(server);
  expect((await fetch(`${url}/v1/devices`, { headers })).status).toBe(200);
  expect((await fetch(`${url}/v1/telemetry?device=g1`, { headers })).status).toBe(403);
});
