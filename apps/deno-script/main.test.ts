import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import {
  openBox,
  type ProgramResult,
  type RunningProgram,
  SECRET,
  spellingsIn,
  startProgram,
  startReceiver,
} from "@tesa/platform/testing";
import { VARIABLES } from "@tesa/process";
import { expect, test } from "vitest";

const APP = import.meta.dirname;
// What `node_modules/.bin/deno` starts; the wrapper would keep signals from it.
const DENO = join(dirname(createRequire(import.meta.url).resolve("deno/package.json")), "deno");
const FAKE = "tesa_mqtt_acme_FAKEFAKEFAKEFAKEFAKEFAKEFAKE0001";
const TOPIC = "device/g1/telemetry/temperature";

const config: { tasks: Record<string, { command: string }> } = JSON.parse(
  readFileSync(join(APP, "deno.json"), "utf8"),
);

/** The command of a task, as Deno runs it in this folder. */
function task(name: string): string[] {
  const [, ...args] = (config.tasks[name]?.command ?? "").split(" ");
  return [DENO, ...args];
}

type Env = Readonly<Record<string, string>>;

function start(env: Env, command = task("local"), cwd = APP): RunningProgram {
  return startProgram({ command, cwd, env: { NO_COLOR: "1", ...env } });
}

async function runToEnd(env: Env, command?: string[]): Promise<ProgramResult> {
  await using program = start(env, command);
  return await program.result;
}

test("a message is one line of JSON on standard output; SIGTERM ends it with 0 after what had arrived", async () => {
  await using box = await openBox();
  await using program = start(box.env);
  await program.until("stderr", "live: device/+/telemetry/# of organisation acme");
  await box.publish(TOPIC, '{"value":21.5,"unit":"°C"}');
  await box.publish("device/g2/telemetry", '{"temperature":1,"humidity":2}');
  await program.until("stdout", '"g2"');
  program.child.kill("SIGTERM");
  const { code, stdout, messages } = await program.result;
  expect(code).toBe(0);
  expect(stdout.trim().split("\n")).toHaveLength(2);
  expect(messages).toMatchObject([
    { seq: 1, deviceId: "g1", sensor: "temperature", readings: [{ value: 21.5, unit: "°C" }] },
    { seq: 2, deviceId: "g2", readings: [{ sensor: "temperature" }, { sensor: "humidity" }] },
  ]);
});

test("a refused token ends it with 77", async () => {
  await using box = await openBox();
  const { code, stderr, stdout } = await runToEnd({ ...box.env, MQTT_API_TOKEN: FAKE });
  expect({ code, stdout }).toEqual({ code: 77, stdout: "" });
  expect(stderr).toContain("refused the token");
  expect(stderr).not.toContain(FAKE);
});

test("everything that is wrong with the configuration is told at once, with 78", async () => {
  const { code, stderr } = await runToEnd({
    MQTT_BROKER_URL: "http://example.com",
    MQTT_KEEPALIVE: "soon",
    CA_CERT_PATH: "missing.pem",
    TESA_LOG: "telemetry.db",
    TESA_WEBHOOK_URL: "ftp://x",
  });
  expect(code).toBe(78);
  for (const name of ["MQTT_BROKER_URL", "MQTT_KEEPALIVE", "MQTT_API_TOKEN", "CA_CERT_PATH", "TESA_LOG"]) {
    expect(stderr).toMatch(new RegExp(`^  - ${name}\\b`, "m"));
  }
  expect(stderr).toMatch(/^ {2}- TESA_WEBHOOK_URL /m);
  expect(stderr).not.toMatch(/^ +at /m);
});

test("a log keeps the session and every message; what the webhook has not got, the next run brings", async () => {
  await using box = await openBox();
  await using receiver = await startReceiver();
  using folder = appFolder();
  const env = {
    ...box.env,
    TESA_LOG: "sqlite:data/telemetry.db",
    TESA_WEBHOOK_URL: receiver.url,
    TESA_WEBHOOK_SECRET: SECRET,
  };
  receiver.answer = () => 503;
  await using first = start(env, task("local"), folder.path);
  await first.until("stderr", "live");
  await box.publish(TOPIC, "1");
  await first.until("stdout", '"payload":1');
  first.child.kill("SIGKILL");
  await first.result;
  await box.publish(TOPIC, "2");
  receiver.answer = () => 204;
  await using second = start(env, task("local"), folder.path);
  await second.until("stdout", '"payload":2');
  await expect.poll(() => receiver.taken, { timeout: 10_000 }).toEqual([1, 2]);
  second.child.kill("SIGTERM");
  expect(await second.result).toMatchObject({ code: 0, messages: [{ seq: 2 }] });
  const database = new DatabaseSync(join(folder.path, "data/telemetry.db"), { readOnly: true });
  expect(database.prepare("SELECT seq, topic FROM message ORDER BY seq").all()).toMatchObject([
    { seq: 1, topic: TOPIC },
    { seq: 2, topic: TOPIC },
  ]);
  database.close();
});

test("permission for the names of broker and webhook, with their ports, is enough to reach both", async () => {
  await using box = await openBox();
  await using receiver = await startReceiver();
  using folder = appFolder();
  const byName = (url: string) => url.replace("127.0.0.1", "localhost");
  const hosts = [box.platform.urls.wss, receiver.url].map((url) => new URL(byName(url)).host);
  const command = task("log").map((arg) => {
    if (arg.startsWith("--allow-net=")) return `--allow-net=${hosts.join(",")}`;
    return arg.replace("ca.pem", box.platform.caCertPath);
  });
  const env = {
    ...box.env,
    MQTT_BROKER_URL: byName(box.platform.urls.wss),
    TESA_LOG: "sqlite:data/telemetry.db",
    TESA_WEBHOOK_URL: byName(receiver.url),
    TESA_WEBHOOK_SECRET: SECRET,
  };
  await using program = start(env, command, folder.path);
  await program.until("stderr", "live");
  await box.publish(TOPIC, "1");
  await expect.poll(() => receiver.taken, { timeout: 10_000 }).toEqual([1]);
  program.child.kill("SIGTERM");
  expect(await program.result).toMatchObject({ code: 0, messages: [{ seq: 1 }] });
});

test("no debug switch makes the token appear", async () => {
  await using box = await openBox();
  await using program = start({ ...box.env, DEBUG: "*", NODE_DEBUG_NATIVE: "*", TESA_DEBUG: "1" });
  await program.until("stderr", "live");
  program.child.kill("SIGTERM");
  const { code, stdout, stderr } = await program.result;
  expect(code).toBe(0);
  expect(spellingsIn(stdout + stderr, box.token)).toEqual([]);
});

test("NODE_DEBUG, which Deno cannot be without once it runs, keeps it from starting", async () => {
  await using box = await openBox();
  const { code, stdout, stderr } = await runToEnd({ ...box.env, NODE_DEBUG: "*" });
  expect(code).toBe(64);
  expect(stderr).toContain("NODE_DEBUG would print your token. Unset it, and start again.");
  expect(spellingsIn(stdout + stderr, box.token)).toEqual([]);
});

test("the first line of the script, and the task start, may reach the platform's broker and read two files", async () => {
  const [firstLine = ""] = readFileSync(join(APP, "main.ts"), "utf8").split("\n");
  // A longer one is cut off by Linux (BINPRM_BUF_SIZE).
  expect(firstLine.length).toBeLessThan(256);
  for (const command of [firstLine, config.tasks.start?.command ?? ""]) {
    const granted = [...command.matchAll(/--(?:allow|deny)-\S+/g)].map(([flag]) => flag.split("=")[0]);
    expect(granted).toEqual(["--allow-net", "--allow-read", "--allow-env"]);
    expect(command).toMatch(/ --allow-net=mqtt\.tesaiot\.com:8085 --allow-read=\.env,ca\.pem --ignore-env /);
  }
});

test.each(["start", "log", "local"])("the task %s may read variables of the list, by name", (name) => {
  const names = VARIABLES.map((variable) => variable.name as string);
  const allowed = /--allow-env=(\S+)/.exec(config.tasks[name]?.command ?? "")?.[1]?.split(",") ?? [];
  expect(allowed.filter((variable) => !names.includes(variable))).toEqual([]);
  const wanted = name === "start" ? names.slice(0, 15) : names;
  expect([...allowed].sort()).toEqual([...wanted].sort());
});

test("what the settings name and the task may not use is told, with the task that may; nothing is reached", async () => {
  await using box = await openBox();
  const { code, stdout, stderr } = await runToEnd({ ...box.env, TESA_LOG: "sqlite:x.db" }, task("start"));
  expect({ code, stdout }).toEqual({ code: 78, stdout: "" });
  const host = new URL(box.platform.urls.wss).host;
  expect(stderr).toContain(`MQTT_BROKER_URL: Deno may not reach ${host}. Add it to --allow-net`);
  expect(stderr).toContain(`CA_CERT_PATH: Deno may not read ${JSON.stringify(box.platform.caCertPath)}.`);
  expect(stderr).toContain("deno task local");
  expect(box.platform.clients()).toEqual([]);
  const log = await runToEnd({ MQTT_API_TOKEN: FAKE, TESA_LOG: "sqlite:x.db" }, task("log"));
  expect(log.stderr).toContain('TESA_LOG: Deno may not write "x.db". Add it to --allow-write');
});

/** The app in a folder of its own, with the packages of this workspace and an empty folder for data. */
function appFolder(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), "tesa-deno-script-"));
  for (const file of ["main.ts", "permissions.ts", "deno.json", "package.json"])
    cpSync(join(APP, file), join(path, file));
  cpSync(join(APP, "node_modules"), join(path, "node_modules"), { recursive: true, verbatimSymlinks: false });
  mkdirSync(join(path, "data"));
  writeFileSync(join(path, ".env"), "");
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
