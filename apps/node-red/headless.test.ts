import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { openBox, type RunningProgram, spellingsIn, startProgram } from "@tesa/platform/testing";
import { expect, onTestFinished, test } from "vitest";

const APP = import.meta.dirname;
const FAKE = "tesa_mqtt_acme_FAKEFAKEFAKEFAKEFAKEFAKEFAKE0001";
const TOPIC = "device/g1/telemetry/temperature";
/** Node-RED takes its time to start, and more so on a busy machine. */
const START_MS = 90_000;
const TEST_MS = { timeout: 4 * START_MS };

type Env = Readonly<Record<string, string>>;

/** Node-RED without its editor, in this folder. */
function start(env: Env): RunningProgram {
  return startProgram({
    command: [process.execPath, "--conditions=tesa-source", "headless.mjs"],
    cwd: APP,
    env: { NO_COLOR: "1", MQTT_CLIENT_ID: `test-${process.pid}`, ...env },
  });
}

async function until(program: RunningProgram, where: "stdout" | "stderr", text: string): Promise<void> {
  const end = Date.now() + START_MS;
  while (!program[where].includes(text)) {
    if (program.child.exitCode !== null || Date.now() > end) {
      expect.unreachable(`"${text}" did not come:\n${program.stdout}\n${program.stderr}`);
    }
    await delay(50);
  }
}

const FLOWS = [
  { TESA_FLOW: "flows/wss-streaming-flow.json", live: "Connected to broker" },
  { TESA_FLOW: "flows/acknowledged-flow.json", live: "Started flows" },
];

test.each(FLOWS)(
  "$TESA_FLOW gives decoded messages, and ends in order",
  TEST_MS,
  async ({ live, ...flow }) => {
    await using box = await openBox();
    await using program = start({ ...box.env, ...flow });
    await until(program, "stderr", live);
    await subscribed(box);
    await box.publish(TOPIC, '{"value":21.5,"unit":"°C"}');
    await box.publish("device/g2/telemetry", '{"temperature":1,"id":12345678901234567890}');
    await until(program, "stdout", '"g2"');
    program.child.kill("SIGTERM");
    const { code, messages, stdout, stderr } = await program.result;
    expect(code).toBe(0);
    expect(messages).toMatchObject([
      {
        seq: 1,
        deviceId: "g1",
        sensor: "temperature",
        readings: [{ value: 21.5, unit: "°C" }],
        format: "json",
      },
      { seq: 2, deviceId: "g2", readings: [{ sensor: "temperature" }, { sensor: "id" }] },
    ]);
    expect(stdout).toContain('"id":12345678901234567890');
    expect(spellingsIn(stdout + stderr, box.token)).toEqual([]);
  },
);

/** What a device can send that Node-RED would not survive, were it handed on as it is. */
const EXTREME = {
  deep: `{"value":1,"deep":${"[".repeat(100_000)}${"]".repeat(100_000)}}`,
  wide: `{${Array.from({ length: 100_000 }, (_, index) => `"k${index}":${index}`).join(",")}}`,
};

test.each(FLOWS)(
  "$TESA_FLOW survives JSON of 100,000 levels and of 100,000 keys, and prints what comes behind",
  TEST_MS,
  async ({ live, ...flow }) => {
    await using box = await openBox();
    await using program = start({ ...box.env, ...flow });
    await until(program, "stderr", live);
    await subscribed(box);
    await box.publish(TOPIC, EXTREME.deep);
    await box.publish(TOPIC, EXTREME.wide);
    for (let value = 1; value <= 200; value += 1)
      await box.publish("device/g2/telemetry/rpm", String(-value));
    await until(program, "stdout", '"value":-200,');
    program.child.kill("SIGTERM");
    const { code, messages, stdout } = await program.result;
    expect(code).toBe(0);
    expect(messages).toHaveLength(202);
    expect(messages[1]?.readings).toHaveLength(100_000);
    // The line has it as the device wrote it, and says so.
    expect(stdout).toContain(`"payload":${EXTREME.deep},"format":"json"`);
  },
);

const UNVERIFIED = [
  { TESA_FLOW: "flows/wss-streaming-flow.json", says: "Connection failed to broker" },
  { TESA_FLOW: "flows/acknowledged-flow.json", says: "is for another host name" },
];

test.each(UNVERIFIED)(
  "$TESA_FLOW talks to no server whose certificate is for another host",
  TEST_MS,
  async ({ says, ...flow }) => {
    await using box = await openBox({ certificate: "wrong-host" });
    const attempts: unknown[] = [];
    box.platform.onEvent((event) => attempts.push(event));
    await using program = start({ ...box.env, ...flow });
    await until(program, "stderr", says);
    expect(attempts).toEqual([]);
  },
);

test("the flow with Node-RED's own nodes gets what came while it was away", TEST_MS, async () => {
  await using box = await openBox();
  const env = { ...box.env, TESA_FLOW: "flows/wss-streaming-flow.json" };
  {
    await using program = start(env);
    await until(program, "stderr", "Connected to broker");
    await subscribed(box);
    program.child.kill("SIGKILL");
    await program.result;
  }
  for (const value of [1, 2, 3]) await box.publish(TOPIC, String(value));
  await using program = start(env);
  await until(program, "stdout", '"value":3');
  program.child.kill("SIGTERM");
  const { messages } = await program.result;
  expect(messages.map(({ payload }) => payload)).toEqual([1, 2, 3]);
});

test(
  "the node acknowledges what is in its log, and the flow gets all of it, killed or not",
  TEST_MS,
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "tesa-node-red-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    await using box = await openBox();
    const env = { ...box.env, TESA_LOG: `sqlite:${join(folder, "telemetry.db")}` };
    const seen: unknown[] = [];
    for (const first of [1, 101, 201]) {
      await using program = start(env);
      await until(program, "stderr", "Started flows");
      await subscribed(box);
      const publishing = publishNumbers(box, first, 100);
      await until(program, "stdout", `"value":${first + 20}`);
      // With messages under way, in the log, and between the log and the flow.
      program.child.kill("SIGKILL");
      seen.push(...(await program.result).messages);
      await publishing;
    }
    await using program = start(env);
    await until(program, "stdout", '"value":300');
    program.child.kill("SIGTERM");
    seen.push(...(await program.result).messages);
    const bySeq = new Map(
      (seen as { seq: number; payload: number }[]).map(({ seq, payload }) => [seq, payload]),
    );
    const values = [...bySeq.entries()].toSorted(([a], [b]) => a - b).map(([, payload]) => payload);
    expect(values).toEqual(Array.from({ length: 300 }, (_, index) => index + 1));
  },
);

test("a refused token ends it with 77, and is not repeated", TEST_MS, async () => {
  await using box = await openBox();
  await using program = start({ ...box.env, MQTT_API_TOKEN: FAKE });
  const { code, stdout, stderr } = await program.result;
  expect(code).toBe(77);
  expect(stdout).toBe("");
  expect(stderr).toContain("refused");
  expect(spellingsIn(stderr, FAKE)).toEqual([]);
});

test("settings that cannot be used end it with 78, all of them named", TEST_MS, async () => {
  await using program = start({
    MQTT_API_TOKEN: FAKE,
    MQTT_BROKER_URL: "broker",
    TESA_LOG: "file:x",
    MQTT_TOPIC: "a/#/b",
  });
  const { code, stderr } = await program.result;
  expect(code).toBe(78);
  for (const name of ["MQTT_BROKER_URL", "TESA_LOG", "MQTT_TOPIC"]) expect(stderr).toContain(name);
});

type Box = Awaited<ReturnType<typeof openBox>>;

/** Waits until an application has subscribed. */
async function subscribed({ platform }: Box): Promise<void> {
  const end = Date.now() + START_MS;
  for (;;) {
    if (platform.clients().some(({ connected, subscriptions }) => connected && subscriptions.length > 0))
      return;
    if (Date.now() > end) expect.unreachable("Nobody subscribed.");
    await delay(50);
  }
}

async function publishNumbers(box: Box, first: number, count: number): Promise<void> {
  for (let value = first; value < first + count; value += 1) {
    await box.publish(TOPIC, String(value));
    await delay(5);
  }
}
