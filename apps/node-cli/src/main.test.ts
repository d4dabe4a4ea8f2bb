import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openBox, SECRET, spellingsIn } from "@tesa/platform/testing";
import { VARIABLES } from "@tesa/process";
import { expect, test } from "vitest";
import { runCli, startCli } from "./testing/cli.ts";

const FAKE = "tesa_mqtt_acme_FAKEFAKEFAKEFAKEFAKEFAKEFAKE0001";
const COMMANDS = ["stream", "history", "replay", "webhook", "doctor", "platform", "simulate", "demo"];

test("tesa --help names every command and where to begin", async () => {
  const { code, stdout, stderr } = await runCli({ args: ["--help"] });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  for (const command of COMMANDS) expect(stdout).toContain(`  ${command} `);
  expect(stdout).toContain("tesa demo");
});

test.each(["history", "replay", "webhook"])(
  "tesa %s --help says that 74 may mean that there is no log",
  async (command) => {
    const { stdout } = await runCli({ args: [command, "--help"] });
    expect(stdout).toMatch(/^ +74 {2}there is no log/m);
    expect(stdout).not.toMatch(/stop tesa stream|taken over/);
  },
);

test.each<[string, readonly string[], RegExp]>([
  ["of the connection", ["--keepalive", "x"], /tesa doctor checks those of the connection\.\n$/],
  ["of both", ["--keepalive", "x", "--log", "x"], /tesa doctor checks those of the connection\.\n$/],
  ["of log and webhook alone", ["--log", "x", "--webhook", "ftp://x"], /--help lists every setting\.\n$/],
])("problems %s are told with what helps with them", async (_, flags, end) => {
  const { code, stderr } = await runCli({ args: ["stream", ...flags], env: { MQTT_API_TOKEN: FAKE } });
  expect(code).toBe(78);
  expect(stderr).toMatch(end);
});

test.each(COMMANDS)("tesa %s --help has examples and exit codes", async (command) => {
  const { code, stdout } = await runCli({ args: [command, "--help"] });
  expect(code).toBe(0);
  expect(stdout).toContain("Examples:");
  const connects = ["stream", "doctor"].includes(command);
  expect(stdout.includes("77  token or subscription refused")).toBe(connects);
  // The first ends it.
  expect(stdout.includes("130  a second Ctrl-C")).toBe(command !== "history");
  expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
});

test("tesa stream --help lists every environment variable with its default", async () => {
  const { stdout } = await runCli({ args: ["stream", "--help"] });
  for (const variable of VARIABLES) {
    expect(stdout).toContain(`${variable.name} `);
    const text = stdout.replaceAll(/\s+/g, " ");
    if (variable.default !== undefined) expect(text).toContain(`(default: ${variable.default})`);
  }
});

test("nobody has to read the help to its end", async () => {
  const cli = startCli({ args: ["--help"] });
  cli.child.stdout?.destroy();
  expect(await cli.result).toMatchObject({ code: 0, stderr: "" });
});

test("tesa --version prints the version of the package", async () => {
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  expect(await runCli({ args: ["--version"] })).toMatchObject({ code: 0, stdout: `${version}\n` });
});

test.each<[string, readonly string[], string]>([
  ["no command", [], "Usage: tesa"],
  ["an unknown command", ["steam"], "Did you mean stream?"],
  ["an unknown flag", ["stream", "--jsn"], "Did you mean --json?"],
  ["a flag without its value", ["stream", "--count"], "--count <n>"],
  ["an argument too many", ["stream", "now"], "too many arguments"],
  [
    "a count of words",
    ["stream", "--count", "ten"],
    '--count takes a whole number from 1 to 9007199254740991, not "ten".',
  ],
  ["a count of none", ["stream", "--count", "0"], "--count takes a whole number"],
  ["a broken count", ["stream", "--count", "1.5"], "--count takes a whole number"],
  ["a negative timeout", ["stream", "--timeout", "-1"], "--timeout takes a number of seconds from 0.001"],
  ["a timeout that no timer can hold", ["stream", "--timeout", "9999999999"], "--timeout takes"],
  [
    "an empty timeout",
    ["stream", "--timeout", ""],
    '--timeout takes a number of seconds from 0.001 to 2147483, not "".',
  ],
  [
    "a port beyond the last",
    ["platform", "--wss-port", "65536"],
    "--wss-port takes a whole number from 0 to 65535",
  ],
  ["a strange organisation", ["platform", "--organisation", "../x"], "An organisation has 1 to 32 letters"],
  ["a rate of nothing", ["simulate", "--rate", "0"], "--rate takes a number of messages per second"],
  ["an endless demo", ["demo", "--duration", "Infinity"], "--duration takes a number of seconds"],
  ["a dead letter without a number", ["webhook", "discard", "all"], 'A dead letter has a number, not "all".'],
  ["no dead letter at all", ["webhook", "replay"], "Say which dead letters: their numbers, or --all."],
  ["dead letters twice", ["webhook", "discard", "1", "--all"], "Give numbers or --all, not both."],
  ["an unknown command about webhooks", ["webhook", "lst"], "Did you mean list?"],
  ["a doctor without time", ["doctor", "--timeout", "0"], "--timeout takes a number of seconds"],
])("%s is wrong usage: 64, one clear message, no stack", async (_, args, message) => {
  const { code, stdout, stderr } = await runCli({ args, env: { MQTT_API_TOKEN: FAKE } });
  expect({ code, stdout }).toEqual({ code: 64, stdout: "" });
  expect(stderr).toContain(message);
  expect(stderr).not.toMatch(/^ +at /m);
});

test("several problems of the command line and of the settings are told at once", async () => {
  const { code, stderr } = await runCli({
    args: ["stream", "--count", "x", "--timeout", "y", "--keepalive", "0", "--ca", "missing.pem"],
    env: { MQTT_BROKER_URL: "http://example.org" },
  });
  expect(code).toBe(64);
  for (const part of ["--count", "--timeout", "--keepalive", "--ca", "MQTT_BROKER_URL", "MQTT_API_TOKEN"]) {
    expect(stderr).toMatch(new RegExp(`^  - ${part}\\b`, "m"));
  }
});

test.each([
  ["--token", FAKE],
  [`--token=${FAKE}`],
  ["--api-token=hunter2hunter2"],
  ["--password", "hunter2hunter2"],
  ["--client-id", FAKE],
  [FAKE],
])("a token on the command line is refused and not repeated: %s", async (...args) => {
  const { code, stderr } = await runCli({ args: ["stream", ...args] });
  expect(code).toBe(64);
  expect(stderr).toContain("A token is not given on the command line");
  expect(stderr).not.toMatch(/FAKE|hunter2hunter2/);
});

test.each([
  ["--webhook-secret", "hunter2hunter2"],
  [`--secret=${SECRET}`],
  ["--webhook-name", SECRET],
  [SECRET],
])("the secret of a webhook on the command line is refused and not repeated: %s", async (...args) => {
  const { code, stderr } = await runCli({ args: ["stream", ...args] });
  expect(code).toBe(64);
  expect(stderr).toContain("The secret of a webhook is not given on the command line");
  expect(stderr).not.toMatch(/RkFLR|hunter2hunter2/);
});

test("a password in a mistyped flag is not repeated", async () => {
  const args = ["stream", "--postgress=postgres://tesa:hunter2@db/telemetry"];
  const { code, stderr } = await runCli({ args });
  expect(code).toBe(64);
  expect(stderr).toContain("unknown option '--postgress=postgres://tesa:...@db/telemetry'");
});

test("what is wrong with log, PostgreSQL, webhook and share group is told at once, and no secret with it", async () => {
  const env = {
    MQTT_API_TOKEN: FAKE,
    DEBUG: "*",
    TESA_LOG: "telemetry.db",
    TESA_KEEP: "7 years",
    TESA_POSTGRES_URL: "postgres://tesa:hunter2hunter2@127.0.0.1",
    TESA_WEBHOOK_URL: "http://me:hunter2hunter2@169.254.169.254/PATHSECRET",
    TESA_WEBHOOK_SECRET: "whsec_aHVudGVyMg==",
  };
  const args = ["stream", "--share", "a/b"];
  const { code, stdout, stderr } = await runCli({ args, env });
  expect({ code, stdout }).toEqual({ code: 78, stdout: "" });
  for (const problem of [
    /^ {2}- --share "a\/b" has a \//m,
    /^ {2}- TESA_LOG "telemetry\.db" is no log/m,
    /^ {2}- TESA_KEEP "7 years" is no limit/m,
    /^ {2}- TESA_POSTGRES_URL: .* names no database/m,
    /^ {2}- TESA_WEBHOOK_URL has a user or a password in it/m,
    /^ {2}- TESA_WEBHOOK_URL leads to 169\.254\.169\.254/m,
    /^ {2}- TESA_WEBHOOK_SECRET cannot be used: secret has 7 bytes/m,
  ]) {
    expect(stderr).toMatch(problem);
  }
  expect(stderr.match(/^ {2}- /gm)).toHaveLength(7);
  expect(stderr).not.toMatch(/^ +at |FAKE|hunter2|aHVudGVyMg|PATHSECRET/m);
});

test.each<[string, Record<string, string>, RegExp]>([
  ["no token", { MQTT_API_TOKEN: undefined as never }, /MQTT_API_TOKEN is not set/],
  ["an empty token", { MQTT_API_TOKEN: "" }, /MQTT_API_TOKEN is set but empty/],
  ["a token in quotes", { MQTT_API_TOKEN: `"${FAKE}"` }, /MQTT_API_TOKEN has quotes/],
  ["a token with spaces", { MQTT_API_TOKEN: ` ${FAKE} ` }, /MQTT_API_TOKEN has spaces/],
  [
    "a placeholder",
    { MQTT_API_TOKEN: "tesa_mqtt_yourorg_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" },
    /MQTT_API_TOKEN is a placeholder/,
  ],
  [
    "something else as token",
    { MQTT_API_TOKEN: "hunter2hunter2" },
    /MQTT_API_TOKEN does not begin with tesa_mqtt_/,
  ],
  ["two tokens", { TESA_TOKEN_FILE: "token" }, /MQTT_API_TOKEN and TESA_TOKEN_FILE are both set/],
  ["an unknown scheme", { MQTT_BROKER_URL: "ftp://broker/mqtt" }, /MQTT_BROKER_URL .*wss:/],
  ["no URL at all", { MQTT_BROKER_URL: "broker" }, /MQTT_BROKER_URL /],
  [
    "a URL with user and password",
    { MQTT_BROKER_URL: "wss://me:hunter2hunter2@broker/mqtt" },
    /MQTT_BROKER_URL .*password/,
  ],
  ["ws to another machine", { MQTT_BROKER_URL: "ws://example.org/mqtt" }, /MQTT_BROKER_URL .*wss/],
  ["a keep-alive of words", { MQTT_KEEPALIVE: "a minute" }, /MQTT_KEEPALIVE "a minute"/],
  ["a keep-alive out of range", { MQTT_KEEPALIVE: "65536" }, /MQTT_KEEPALIVE "65536"/],
  ["a reconnect period out of range", { MQTT_RECONNECT_PERIOD: "0" }, /MQTT_RECONNECT_PERIOD "0"/],
  ["a wrong filter", { MQTT_TOPIC: "device/#/telemetry" }, /MQTT_TOPIC "device\/#\/telemetry" has a #/],
  ["an empty topic", { MQTT_TOPIC: "" }, /MQTT_TOPIC is set but empty/],
  ["an unknown version", { TESA_PROTOCOL_VERSION: "6" }, /TESA_PROTOCOL_VERSION "6"/],
  ["a CA file that is not there", { CA_CERT_PATH: "missing.pem" }, /CA_CERT_PATH.*cannot be read/],
  ["a CA file that is none", { CA_CERT_PATH: ".env" }, /CA_CERT_PATH.*holds no PEM certificate/],
])("%s is a bad configuration: 78, one clear message, no stack", async (_, env, message) => {
  const given = Object.fromEntries(
    Object.entries({ MQTT_API_TOKEN: FAKE, ...env }).filter(([, value]) => value !== undefined),
  );
  const { code, stdout, stderr } = await runCli({ args: ["stream"], env: given });
  expect({ code, stdout }).toEqual({ code: 78, stdout: "" });
  expect(stderr).toMatch(message);
  expect(stderr.match(/^ {2}- /gm)).toHaveLength(1);
  expect(stderr).not.toMatch(/^ +at |FAKE|hunter2hunter2/m);
});

test("a token file that cannot be used is a bad configuration", async () => {
  const missing = await runCli({ args: ["stream"], env: { TESA_TOKEN_FILE: "missing" } });
  expect(missing.code).toBe(78);
  expect(missing.stderr).toContain('TESA_TOKEN_FILE: the token file "missing" cannot be read (ENOENT)');
  const empty = await runCli({ args: ["stream"], env: { TESA_TOKEN_FILE: ".env" } });
  expect(empty.code).toBe(78);
  expect(empty.stderr).toContain("is empty");
});

test("every problem of a .env file is told at once, with where it stands", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tesa-dotenv-"));
  writeFileSync(
    join(folder, ".env"),
    "MQTT_API_TOKEN=your-token\nMQTT_BROKER_URL=mqtt://x\nMQTT_KEEPALIVE=-5\nMQTT_TOPIC=\n",
  );
  const { code, stderr } = await runCli({ args: ["stream"], cwd: folder });
  rmSync(folder, { recursive: true });
  expect(code).toBe(78);
  for (const name of ["MQTT_API_TOKEN", "MQTT_BROKER_URL", "MQTT_KEEPALIVE", "MQTT_TOPIC"]) {
    expect(stderr).toMatch(new RegExp(`^  - ${name} \\(in \\.env\\) `, "m"));
  }
});

test("an --dotenv that is missing is a bad configuration", async () => {
  const { code, stderr } = await runCli({ args: ["stream", "--dotenv", "staging.env"] });
  expect(code).toBe(78);
  expect(stderr).toContain('The file "staging.env" of --dotenv does not exist.');
});

test("a .env with the names of the platform's examples works unchanged", async () => {
  await using box = await openBox();
  const folder = mkdtempSync(join(tmpdir(), "tesa-dotenv-"));
  writeFileSync(
    join(folder, ".env"),
    [
      `MQTT_BROKER_URL=${box.env.MQTT_BROKER_URL}`,
      `MQTT_API_TOKEN=${box.token}`,
      "MQTT_TOPIC=device/+/telemetry/#",
      "MQTT_CLIENT_ID=dashboard-1",
      "MQTT_KEEPALIVE=30",
      "MQTT_RECONNECT_PERIOD=5000",
      `CA_CERT_PATH=${box.env.CA_CERT_PATH}`,
      "VITE_MQTT_TOPIC=device/+/telemetry/#",
    ].join("\r\n"),
  );
  await using cli = startCli({ args: ["stream", "--count", "1"], cwd: folder });
  await cli.until("stderr", "live: device/+/telemetry/# of organisation acme");
  expect(box.platform.clients().find(({ clientId }) => clientId === "dashboard-1")).toMatchObject({
    connected: true,
    subscriptions: ["device/+/telemetry/#"],
  });
  await box.publish("device/g1/telemetry/temperature", "1");
  expect(await cli.result).toMatchObject({ code: 0, messages: [{ deviceId: "g1" }] });
  rmSync(folder, { recursive: true });
});

test("no debug switch makes the token appear, in whatever spelling", async () => {
  await using box = await openBox();
  const env = { ...box.env, DEBUG: "*", NODE_DEBUG: "*", NODE_DEBUG_NATIVE: "*", TESA_DEBUG: "1" };
  await using cli = startCli({ args: ["stream", "--count", "1"], env });
  await cli.until("stderr", "live");
  await box.publish("device/g1/telemetry/temperature", "1");
  const { code, stdout, stderr } = await cli.result;
  expect(code).toBe(0);
  expect(stderr).toContain("NODE_DEBUG and NODE_DEBUG_NATIVE is ignored");
  expect(spellingsIn(stdout + stderr, box.token)).toEqual([]);
});

test("tesa demo, whose child gets the token in its environment, keeps it from debug output too", async () => {
  const { code, stdout, stderr } = await runCli({
    args: ["demo", "--duration", "1", "--rate", "20"],
    env: { DEBUG: "*", NODE_DEBUG: "*", TESA_DEBUG: "1" },
  });
  expect(code).toBe(0);
  expect(stdout + stderr).not.toMatch(/tesa_mqtt_\w{20}/);
  expect(stdout + stderr).not.toContain(Buffer.from("tesa_mqtt_acme").toString("hex"));
});
