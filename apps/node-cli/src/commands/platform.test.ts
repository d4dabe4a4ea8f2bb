import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RunningProgram } from "@tesa/platform/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCli, startCli } from "../testing/cli.ts";

const ENV_FILE = ".tesa/platform.env";
const DEVICES_FILE = ".tesa/platform.devices.json";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tesa-platform-"));
  writeFileSync(join(folder, ".env"), "");
});
afterAll(() => rmSync(folder, { recursive: true }));

async function startPlatform(...args: string[]): Promise<RunningProgram & { say(line: string): void }> {
  const cli = startCli({ args: ["platform", ...args], cwd: folder });
  await cli.until("stdout", "Type help");
  return Object.assign(cli, { say: (line: string) => cli.child.stdin?.write(`${line}\n`) });
}

test("tesa platform tells how to stream from it, and that works as it stands there", async () => {
  await using platform = await startPlatform("--rate", "20");
  expect(platform.stdout).toMatch(/applications {2}wss:\/\/127\.0\.0\.1:\d+\/mqtt/);
  expect(platform.stdout).toMatch(/devices {7}mqtts:\/\/127\.0\.0\.1:\d+/);
  const command = / tesa (stream --dotenv \S+)\n/.exec(platform.stdout)?.[1]?.split(" ") ?? [];
  const stream = await runCli({ args: [...command, "--count", "5"], cwd: folder });
  expect(stream.code).toBe(0);
  expect(stream.messages).toHaveLength(5);
  platform.child.kill("SIGINT");
  expect(await platform.result).toMatchObject({ code: 0, stderr: "" });
});

test("tesa platform keeps credentials in private files, and takes them away at its end", async () => {
  await using platform = await startPlatform("--no-simulate");
  for (const file of [ENV_FILE, DEVICES_FILE]) {
    expect((statSync(join(folder, file)).mode & 0o777).toString(8)).toBe("600");
  }
  const token = /MQTT_API_TOKEN=(.*)/.exec(readFileSync(join(folder, ENV_FILE), "utf8"))?.[1] ?? "none";
  platform.child.kill("SIGTERM");
  const { code, stdout } = await platform.result;
  expect(code).toBe(0);
  expect(stdout).not.toContain(token);
  expect(existsSync(join(folder, ENV_FILE))).toBe(false);
  expect(existsSync(join(folder, DEVICES_FILE))).toBe(false);
});

test("closing the terminal ends tesa platform, and its files go", async () => {
  await using platform = await startPlatform("--no-simulate");
  platform.child.kill("SIGHUP");
  expect((await platform.result).code).toBe(0);
  expect(readdirSync(join(folder, ".tesa"))).toEqual(["platform"]);
});

test("a second tesa platform in the same folder is refused, and leaves the first one's files alone", async () => {
  await using platform = await startPlatform("--no-simulate");
  const before = readFileSync(join(folder, ENV_FILE), "utf8");
  const { code, stdout, stderr } = await runCli({ args: ["platform"], cwd: folder });
  expect({ code, stdout }).toEqual({ code: 69, stdout: "" });
  expect(stderr).toContain(
    `already (process ${platform.child.pid}). End it, or give this one a folder of its own`,
  );
  expect(readFileSync(join(folder, ENV_FILE), "utf8")).toBe(before);
  const own = ["platform", "--no-simulate", "--data-dir", ".tesa/second"];
  await using second = startCli({ args: own, cwd: folder });
  await second.until("stdout", "--dotenv .tesa/second.env");
  second.child.kill("SIGTERM");
  await second.result;
  expect(existsSync(join(folder, ENV_FILE))).toBe(true);
});

test("what a killed tesa platform left behind does not hinder the next one", async () => {
  const killed = await startPlatform("--no-simulate");
  killed.child.kill("SIGKILL");
  await killed.result;
  expect(existsSync(join(folder, ".tesa/platform.lock"))).toBe(true);
  await using platform = await startPlatform("--no-simulate");
  platform.child.kill("SIGTERM");
  expect((await platform.result).code).toBe(0);
  expect(readdirSync(join(folder, ".tesa")).filter((name) => name.startsWith("platform"))).toEqual([
    "platform",
  ]);
});

test("tesa platform can be called off while its devices connect", async () => {
  await using platform = await startPlatform("--devices", "200");
  platform.child.kill("SIGINT");
  expect(await platform.result).toMatchObject({ code: 0, stderr: "" });
});

test("each organisation has a token and sees its own devices", async () => {
  await using _platform = await startPlatform(
    "--organisation",
    "acme",
    "--organisation",
    "globex",
    "--rate",
    "40",
  );
  const ids = async (file: string) => {
    const { messages } = await runCli({ args: ["stream", "--dotenv", file, "--count", "10"], cwd: folder });
    expect(messages).toHaveLength(10);
    return new Set(messages.map(({ deviceId }) => deviceId));
  };
  const acme = await ids(".tesa/platform.env");
  const globex = await ids(".tesa/platform.globex.env");
  expect([...acme].filter((deviceId) => globex.has(deviceId))).toEqual([]);
});

test("the console causes faults, and the stream copes with them", async () => {
  await using platform = await startPlatform("--rate", "20");
  await using stream = startCli({
    args: ["stream", "--dotenv", ENV_FILE],
    cwd: folder,
    env: { MQTT_RECONNECT_PERIOD: "50" },
  });
  await stream.until("stderr", "live");
  platform.say("drop");
  await platform.until("stdout", "1 cut");
  await stream.until("stderr", /waiting[\s\S]*live/);
  platform.say("refuse busy");
  await platform.until("stdout", "refusing: busy");
  platform.say("kick");
  await platform.until("stdout", "1 ended");
  await stream.until("stderr", "administrator");
  platform.say("refuse off");
  await platform.until("stdout", "accepting again");
  await stream.until("stderr", /administrator[\s\S]*live/);
  platform.say("restart 20");
  await platform.until("stdout", "Write: restart [<time down, such as 20s or 500ms>]");
  platform.say("restart 20ms");
  await platform.until("stdout", "restarted, after 20ms");
  await stream.until("stderr", "gap: ");
  stream.child.kill("SIGINT");
  expect((await stream.result).code).toBe(0);
});

test("the console explains what it does not understand, and shows no token", async () => {
  await using platform = await startPlatform("--no-simulate");
  for (const [line, answer] of [
    ["", undefined],
    ["help", "Commands, one per line:"],
    ["clients", "Nobody is connected."],
    ["dorp", 'There is no command "dorp". There are: help, clients, drop'],
    ["constructor", 'There is no command "constructor".'],
    ["\u001b[2J", 'There is no command "\\u{1b}[2J".'],
    ["slow", "Write: slow <milliseconds>|off"],
    ["slow 500", "each packet comes 500 ms late"],
    ["silent maybe", "Write: silent on|off"],
    ["silent on", "on\n"],
    ["refuse", "Write: refuse not-authorised|bad-password|unavailable|busy|off"],
    ["token", "Write: token list"],
    ["token issue a/b", "An organisation has 1 to 32 letters"],
    ["token issue acme", / tesa stream --dotenv \.tesa\/platform\.acme\.env\n/],
    ["token revoke", "Write: token list"],
    ["token revoke tesa_mqtt_nobody", "No active token begins so."],
    ["token expire", "Write: token list"],
    ["token expire all", /expired: tesa_mqtt_acme_.{4}\.\.\., tesa_mqtt_acme_.{4}\.\.\.\n/],
    ["token issue initech", "initech has no devices here, so nothing is sent to it."],
    ["token list", / {2}tesa_mqtt_acme_.{4}\.\.\. {2}expired {2}until /],
  ] as const) {
    platform.say(line);
    if (answer !== undefined) await platform.until("stdout", answer);
  }
  platform.child.stdin?.end();
  platform.child.kill("SIGINT");
  const { code, stdout } = await platform.result;
  expect(code).toBe(0);
  expect(stdout).not.toMatch(/tesa_mqtt_acme_\w{5}/);
});

test("a revoked token is refused at the next connect", async () => {
  await using platform = await startPlatform("--no-simulate");
  platform.say("token revoke tesa_mqtt_acme");
  await platform.until("stdout", "revoked: ");
  const { code } = await runCli({ args: ["stream", "--dotenv", ENV_FILE], cwd: folder });
  expect(code).toBe(77);
});

test("a port that is taken is named", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const { code, stderr } = await runCli({ args: ["platform", "--wss-port", String(port)], cwd: folder });
  server.close();
  expect(code).toBe(69);
  expect(stderr).toContain(`The port ${port} is taken.`);
});

test("tesa simulate publishes to the platform with the credentials that it left", async () => {
  await using platform = await startPlatform("--no-simulate");
  await using stream = startCli({ args: ["stream", "--dotenv", ENV_FILE, "--count", "12"], cwd: folder });
  await stream.until("stderr", "live");
  const args = ["simulate", "--count", "12", "--rate", "100", "--devices", "3", "--bad-every", "4"];
  const simulate = await runCli({ args, cwd: folder });
  expect(simulate).toMatchObject({ code: 0, stdout: "" });
  expect(simulate.stderr).toContain("12 messages published, 0 failed");
  const { messages } = await stream.result;
  expect(new Set(messages.map(({ deviceId }) => deviceId)).size).toBe(3);
  expect(messages.filter(({ format }) => format !== "json").length).toBeGreaterThan(0);
  platform.child.kill("SIGTERM");
  expect((await platform.result).code).toBe(0);
});

test("tesa simulate goes on until SIGINT, and ends with 0", async () => {
  await using platform = await startPlatform("--no-simulate");
  await using simulate = startCli({ args: ["simulate", "--rate", "50"], cwd: folder });
  await simulate.until("stderr", "publishing 50 messages per second");
  simulate.child.kill("SIGINT");
  const { code, stderr } = await simulate.result;
  expect(code).toBe(0);
  expect(stderr).toMatch(/\d+ messages published, 0 failed/);
  platform.child.kill("SIGTERM");
  await platform.result;
});

test.each([
  ["no file", undefined, 78, /Start the platform in a box first, it writes one: .* tesa platform\./],
  ["no JSON", "secret", 78, "holds no JSON object"],
  ["no devices", "{}", 78, '"devices" is to be a list'],
  ["a device without credentials", '{"devices":[{"deviceId":"a"}]}', 78, 'device 1 needs a "username"'],
  [
    "an unknown kind",
    '{"devices":[{"deviceId":"a","kind":"toaster","credentials":{"username":"u","password":"p"}}]}',
    78,
    'unknown "kind"',
  ],
  [
    "no broker",
    '{"devices":[{"deviceId":"a","credentials":{"username":"u","password":"p"}}]}',
    78,
    'names no "url": give --broker',
  ],
  [
    "a broker for applications",
    '{"url":"wss://127.0.0.1:1","caCertPath":".env","devices":[{"deviceId":"a","credentials":{"username":"u","password":"p"}}]}',
    78,
    "mqtts://host:port",
  ],
  [
    "a broker that is not there",
    '{"url":"mqtts://127.0.0.1:1","caCertPath":".env","devices":[{"deviceId":"a","credentials":{"username":"u","password":"p"}}]}',
    69,
    "The simulated device a cannot connect",
  ],
])("tesa simulate with %s says so", async (_, text, expected, message) => {
  const file = join(folder, "devices.json");
  if (text !== undefined) writeFileSync(file, text);
  const { code, stderr } = await runCli({ args: ["simulate", "--credentials", file], cwd: folder });
  if (text !== undefined) rmSync(file);
  expect(stderr).toMatch(message);
  expect(stderr).not.toMatch(/^ +at |secret/m);
  expect(code).toBe(expected);
});
