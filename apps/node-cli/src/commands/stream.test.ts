import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openBox } from "@tesa/platform/testing";
import { expect, test } from "vitest";
import { MAIN, NODE_ARGS, runCli, startCli } from "../testing/cli.ts";

const FAKE = "tesa_mqtt_acme_FAKEFAKEFAKEFAKEFAKEFAKEFAKE0001";
const TEMPERATURE = "device/g1/telemetry/temperature";

test("tesa stream writes one JSON object per message to a pipe, and its status to standard error alone", async () => {
  await using box = await openBox();
  await using cli = startCli({ args: ["stream", "--count", "3"], env: box.env });
  await cli.until("stderr", "live");
  await box.publish(TEMPERATURE, '{"value":25.5,"unit":"°C","big":12345678901234567890}');
  await box.publish("device/g2/telemetry", '{\n "temperature": 20,\r\n "humidity": 60 }');
  await box.publish("device/g2/telemetry", "not JSON");
  const { code, stdout, stderr, messages } = await cli.result;
  expect(code).toBe(0);
  expect(messages).toMatchObject([
    {
      seq: 1,
      deviceId: "g1",
      sensor: "temperature",
      readings: [{ value: 25.5, unit: "°C" }],
      format: "json",
    },
    { seq: 2, deviceId: "g2", sensor: null, readings: [{ value: 20 }, { value: 60 }] },
    { seq: 3, format: "text", payload: "not JSON", readings: [] },
  ]);
  expect(stdout.split("\n")).toHaveLength(4);
  expect(stdout).toContain('"big":12345678901234567890');
  expect(stderr).toMatch(/connecting to wss:\/\/127\.0\.0\.1:\d+\/mqtt/);
  expect(stderr).toContain("live: device/+/telemetry/# of organisation acme");
  expect(stderr.trimEnd().split("\n").at(-1)).toMatch(
    /^tesa: 3 messages in [\d.]+ s; 0 reconnects, 0 redelivered, 0 gaps$/,
  );
});

test("tesa stream acknowledges exactly what it has written", async () => {
  await using box = await openBox();
  await using cli = startCli({ args: ["stream", "--count", "2"], env: box.env });
  await cli.until("stderr", "live");
  for (const value of [1, 2, 3]) await box.publish(TEMPERATURE, String(value));
  const { messages } = await cli.result;
  expect(messages.map(({ payload }) => payload)).toEqual([1, 2]);
  const acknowledged = box.platform.ledger.entries({ event: "acknowledged" });
  expect(acknowledged.map(({ payload }) => Buffer.from(payload).toString())).toEqual(["1", "2"]);
});

test.each([
  ["--device g1", ["device/g1/telemetry/temperature", "device/g1/telemetry/humidity"]],
  ["--sensor temperature", ["device/g1/telemetry/temperature", "device/g2/telemetry/temperature"]],
  ["--device g1 --device g2 --sensor humidity", ["device/g1/telemetry/humidity"]],
  ["--topic device/g2/telemetry/#", ["device/g2/telemetry/temperature"]],
])("tesa stream %s receives nothing else", async (flags, expected) => {
  await using box = await openBox();
  const args = ["stream", ...flags.split(" "), "--count", String(expected.length)];
  await using cli = startCli({ args, env: box.env });
  await cli.until("stderr", "live");
  for (const topic of ["g1/telemetry/temperature", "g1/telemetry/humidity", "g2/telemetry/temperature"]) {
    await box.publish(`device/${topic}`, "1");
  }
  expect((await cli.result).messages.map(({ topic }) => topic)).toEqual(expected);
});

test("tesa stream ends with 124 when --timeout strikes before --count", async () => {
  await using box = await openBox();
  const { code, stderr } = await runCli({
    args: ["stream", "--count", "1", "--timeout", "0.5"],
    env: box.env,
  });
  expect(code).toBe(124);
  expect(stderr).toContain("0.5 s");
  expect(stderr).toContain("0 messages in");
});

test.each(["5", "3.1.1"])(
  "tesa stream --protocol %s ends with 77 after one attempt with a refused token",
  async (version) => {
    await using box = await openBox();
    let attempts = 0;
    box.platform.onEvent((event) => {
      if (event.type === "connect-attempt") attempts += 1;
    });
    const env = { ...box.env, MQTT_API_TOKEN: FAKE };
    const { code, stdout, stderr } = await runCli({ args: ["stream", "--protocol", version], env });
    expect(code).toBe(77);
    expect(attempts).toBe(1);
    expect(stdout).toBe("");
    expect(stderr).toContain("refused the token");
    expect(stderr).not.toContain("FAKE");
  },
);

test("tesa stream ends with 77 when the token may not subscribe to the topic", async () => {
  await using box = await openBox({ broker: { denyAction: "ignore" } });
  const { code, stderr } = await runCli({ args: ["stream", "--topic", "other/#"], env: box.env });
  expect(code).toBe(77);
  expect(stderr).toContain('"other/#"');
});

test("tesa stream --no-wait ends with 69 when nobody listens there", async () => {
  const env = { MQTT_API_TOKEN: FAKE, MQTT_BROKER_URL: "wss://127.0.0.1:1/mqtt" };
  const { code, stderr } = await runCli({ args: ["stream", "--no-wait"], env });
  expect(code).toBe(69);
  expect(stderr).toMatch(/ended: .*127\.0\.0\.1/);
});

test("tesa stream waits for a broker, says why and for how long, and a signal ends the wait", async () => {
  const env = { MQTT_API_TOKEN: FAKE, MQTT_BROKER_URL: "wss://127.0.0.1:1/mqtt" };
  await using cli = startCli({ args: ["stream"], env });
  await cli.until("stderr", /waiting: .* Next try in [\d.]+ s\.\n/);
  cli.child.kill("SIGTERM");
  expect(await cli.result).toMatchObject({ code: 0, stdout: "" });
});

test("tesa stream comes back after a lost connection and counts it", async () => {
  await using box = await openBox();
  const env = { ...box.env, MQTT_RECONNECT_PERIOD: "20" };
  await using cli = startCli({ args: ["stream", "--count", "2"], env });
  await cli.until("stderr", "live");
  await box.publish(TEMPERATURE, "1");
  await cli.until("stdout", "\n");
  expect(box.platform.faults.dropConnections()).toBe(1);
  await cli.until("stderr", "the broker kept the session");
  await box.publish(TEMPERATURE, "2");
  const { code, messages, stderr } = await cli.result;
  expect(code).toBe(0);
  expect(messages.map(({ payload, seq }) => [seq, payload])).toEqual([
    [1, 1],
    [2, 2],
  ]);
  expect(stderr).toContain("waiting: ");
  expect(stderr).toContain("1 reconnect,");
});

test("tesa stream tells of a gap when the broker has forgotten the session", async () => {
  await using box = await openBox();
  const env = { ...box.env, MQTT_RECONNECT_PERIOD: "20" };
  await using cli = startCli({ args: ["stream"], env });
  await cli.until("stderr", "live");
  await box.platform.faults.restart();
  await cli.until("stderr", /live[\s\S]*live/);
  cli.child.kill("SIGINT");
  const { stderr } = await cli.result;
  expect(stderr).toMatch(
    /gap: the broker no longer had the session: messages sent between [\d:.]+ and [\d:.]+ may be missing/,
  );
  expect(stderr).toContain("1 gap\n");
});

test.each(["SIGINT", "SIGTERM"] as const)("tesa stream drains and ends with 0 at %s", async (signal) => {
  await using box = await openBox();
  await using cli = startCli({ args: ["stream"], env: box.env });
  await cli.until("stderr", "live");
  await box.publish(TEMPERATURE, "1");
  await cli.until("stdout", "\n");
  cli.child.kill(signal);
  expect(await cli.result).toMatchObject({ code: 0, signal: null, messages: [{ payload: 1 }] });
  expect(
    box.platform.clients().filter(({ connected, subscriptions }) => connected && subscriptions.length > 0),
  ).toEqual([]);
});

test("a second SIGINT ends tesa stream at once with 130, though nobody reads its output", async () => {
  await using box = await openBox();
  await using cli = startCli({ args: ["stream"], env: box.env });
  await cli.until("stderr", "live");
  cli.child.stdout?.pause();
  for (let index = 0; index < 4; index += 1) {
    await box.publish(TEMPERATURE, JSON.stringify({ value: "x".repeat(400_000) }));
  }
  cli.child.kill("SIGINT");
  await cli.until("stderr", "Ctrl-C again ends at once");
  expect(cli.child.exitCode).toBeNull();
  cli.child.kill("SIGINT");
  const [code] = await once(cli.child, "exit");
  expect(code).toBe(130);
  cli.child.stdout?.resume();
});

test("a slow reader of the pipe slows the stream down and loses nothing", async () => {
  await using box = await openBox();
  await using cli = startCli({ args: ["stream", "--count", "300"], env: box.env });
  await cli.until("stderr", "live");
  cli.child.stdout?.pause();
  const filling = "x".repeat(10_000);
  for (let value = 0; value < 300; value += 1) {
    await box.publish(TEMPERATURE, JSON.stringify({ value, filling }));
  }
  expect(box.platform.ledger.entries({ event: "acknowledged" }).length).toBeLessThan(300);
  cli.child.stdout?.resume();
  const { code, messages } = await cli.result;
  expect(code).toBe(0);
  expect(messages.map(({ payload }) => (payload as { value: number }).value)).toEqual(
    Array.from({ length: 300 }, (_, value) => value),
  );
});

test("tesa stream ends with 0 and says nothing when the reader of its pipe has gone", async () => {
  await using box = await openBox();
  await using cli = startCli({ args: ["stream"], env: box.env });
  await cli.until("stderr", "live");
  await box.publish(TEMPERATURE, "1");
  await cli.until("stdout", "\n");
  cli.child.stdout?.destroy();
  const before = cli.stderr;
  await box.publish(TEMPERATURE, "2");
  const { code, stderr } = await cli.result;
  expect(code).toBe(0);
  expect(stderr).toBe(before);
});

test("tesa stream --output appends JSON lines to a file and leaves standard output alone", async () => {
  await using box = await openBox();
  const folder = mkdtempSync(join(tmpdir(), "tesa-output-"));
  const file = join(folder, "telemetry.ndjson");
  writeFileSync(file, '{"seq":1}\n{"cut of');
  await using cli = startCli({ args: ["stream", "--count", "2", "--output", file], env: box.env });
  await cli.until("stderr", "live");
  await box.publish(TEMPERATURE, "1");
  await box.publish(TEMPERATURE, "2");
  const { code, stdout } = await cli.result;
  const lines = readFileSync(file, "utf8").split("\n");
  rmSync(folder, { recursive: true });
  expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
  expect(lines.slice(0, 2)).toEqual(['{"seq":1}', '{"cut of']);
  expect(lines.slice(2, 4).map((line) => JSON.parse(line).payload)).toEqual([1, 2]);
  expect(lines.slice(4)).toEqual([""]);
});

test("tesa stream --output --json writes to both", async () => {
  await using box = await openBox();
  const folder = mkdtempSync(join(tmpdir(), "tesa-output-"));
  const file = join(folder, "new.ndjson");
  await using cli = startCli({ args: ["stream", "--count", "1", "--json", "--output", file], env: box.env });
  await cli.until("stderr", "live");
  await box.publish(TEMPERATURE, "1");
  const { stdout } = await cli.result;
  const written = readFileSync(file, "utf8");
  rmSync(folder, { recursive: true });
  expect(written).toBe(stdout);
  expect(stdout).toContain('"payload":1');
});

test.runIf(process.platform === "linux")(
  "tesa stream ends with 74 when the disk behind standard output is full",
  async () => {
    await using box = await openBox();
    const child = spawn(
      "sh",
      ["-c", 'exec "$0" "$@" >/dev/full', process.execPath, ...NODE_ARGS, MAIN, "stream", "--no-dotenv"],
      {
        env: { PATH: process.env.PATH ?? "", ...box.env },
      },
    );
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    const exit = once(child, "exit");
    await expect.poll(() => stderr, { timeout: 10_000 }).toContain("live");
    await box.publish(TEMPERATURE, "1");
    expect(await exit).toEqual([74, null]);
    expect(stderr).toContain("Cannot write to standard output: the disk is full.");
  },
);

test.runIf(process.platform === "linux")(
  "tesa stream ends with 74 when the disk of --output is full",
  async () => {
    await using box = await openBox();
    await using cli = startCli({ args: ["stream", "--output", "/dev/full"], env: box.env });
    await cli.until("stderr", "live");
    await box.publish(TEMPERATURE, "1");
    const { code, stderr } = await cli.result;
    expect(code).toBe(74);
    expect(stderr).toContain('Cannot write the output file "/dev/full": the disk is full.');
    expect(box.platform.ledger.entries({ event: "acknowledged" })).toEqual([]);
  },
);

test.each([
  ["a folder that does not exist", "missing/file.ndjson", "its folder does not exist"],
  ["a folder", ".", "it is a folder"],
])("tesa stream --output to %s ends with 74 before it connects", async (_, file, reason) => {
  const env = { MQTT_API_TOKEN: FAKE, MQTT_BROKER_URL: "wss://127.0.0.1:1/mqtt" };
  const { code, stderr } = await runCli({ args: ["stream", "--output", file], env });
  expect(code).toBe(74);
  expect(stderr).toContain(reason);
  expect(stderr).not.toContain("connecting");
});

test("a token file is read, and read anew at each connect", async () => {
  await using box = await openBox();
  const folder = mkdtempSync(join(tmpdir(), "tesa-token-"));
  const file = join(folder, "token");
  writeFileSync(file, `${box.token}\n`, { mode: 0o600 });
  const { MQTT_API_TOKEN: _, ...env } = box.env;
  await using cli = startCli({
    args: ["stream"],
    env: { ...env, TESA_TOKEN_FILE: file, MQTT_RECONNECT_PERIOD: "20" },
  });
  await cli.until("stderr", "live");
  writeFileSync(file, box.platform.tokens.issue({ organisation: "acme" }));
  box.platform.tokens.revoke(box.token);
  box.platform.faults.dropConnections();
  await cli.until("stderr", /live[\s\S]*live/);
  rmSync(file);
  box.platform.faults.dropConnections();
  await cli.until("stderr", /live[\s\S]*live[\s\S]*live/);
  rmSync(folder, { recursive: true });
  cli.child.kill("SIGTERM");
  const { code, stderr } = await cli.result;
  expect(code).toBe(0);
  expect(stderr).toMatch(/warning: .* cannot be read \(ENOENT\)\. The token that was read last is used\./);
});

/** Takes out what picocolors writes, and nothing else. */
function withoutColours(text: string): string {
  const [first = "", ...rest] = text.split("\u001b");
  return (
    first +
    rest.map((part) => (/^\[\d+m/.test(part) ? part.replace(/^\[\d+m/, "") : `\u001b${part}`)).join("")
  );
}

/** A terminal, by script(1) of util-linux. */
const hasTerminal = (() => {
  try {
    return /util-linux/.test(execFileSync("script", ["--version"], { encoding: "utf8" }));
  } catch {
    return false;
  }
})();

test.runIf(hasTerminal)("on a terminal messages are lines that no payload can break out of", async () => {
  await using box = await openBox();
  const command = [process.execPath, ...NODE_ARGS, MAIN, "stream", "--no-dotenv", "--count", "3"];
  const inTerminal = `stty cols 200 rows 24; exec ${command.map((word) => `'${word}'`).join(" ")}`;
  const child = spawn("script", ["-qec", inTerminal, "/dev/null"], {
    env: { PATH: process.env.PATH ?? "", TERM: "xterm-256color", ...box.env },
  });
  let screen = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    screen += text;
  });
  const exit = once(child, "exit");
  await expect.poll(() => screen, { timeout: 10_000 }).toContain("live");
  await box.publish(TEMPERATURE, '{"value":25.5,"unit":"°C"}');
  await box.publish(TEMPERATURE, "\u001b[2J\u001b]0;owned\u0007\r\nFAKE LINE");
  await box.publish(
    "device/g1/telemetry/\u202eevil",
    JSON.stringify({ "\u009b31m": "\u001bc", value: "y".repeat(500) }),
  );
  expect(await exit).toEqual([0, null]);
  const lines = screen.split("\r\n");
  expect(lines.some((line) => /g1.*temperature.*25\.5.*°C/.test(line))).toBe(true);
  expect(screen).toContain("\\u{1b}[2J\\u{1b}]0;owned\\u{7}");
  // What is left are the colours that are the program's own.
  const own = withoutColours(screen).replaceAll("\r\n", "");
  expect(own).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  expect(lines.some((line) => line.startsWith("FAKE LINE"))).toBe(false);
  for (const line of lines.filter((text) => /^\S*\d\d:\d\d:\d\d\./.test(withoutColours(text)))) {
    expect(withoutColours(line).length).toBeLessThan(200);
  }
});
