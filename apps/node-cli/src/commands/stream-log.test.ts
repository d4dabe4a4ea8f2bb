import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { openSqliteLog } from "@tesa/log/sqlite";
import { type Box, openBox } from "@tesa/platform/testing";
import { expect, test } from "vitest";
import { runCli, startCli } from "../testing/cli.ts";
import { temporaryFolder } from "../testing/temporary-folder.ts";

const TEMPERATURE = "device/g1/telemetry/temperature";
const NOWHERE = {
  MQTT_API_TOKEN: "tesa_mqtt_acme_FAKEFAKEFAKEFAKEFAKEFAKEFAKE0001",
  MQTT_BROKER_URL: "wss://127.0.0.1:1/mqtt",
};

/** The payloads in a log, in order. */
async function stored(path: string): Promise<string[]> {
  await using log = await openSqliteLog({ path, readOnly: true });
  const { messages } = await log.read({ limit: 10_000 });
  return messages.map(({ payload }) => Buffer.from(payload).toString());
}

function acknowledged(box: Box): string[] {
  const entries = box.platform.ledger.entries({ event: "acknowledged" });
  return entries.map(({ payload }) => Buffer.from(payload).toString());
}

function numbers(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => String(from + index));
}

test("tesa stream --log keeps every message, shows those of this run, and says so at the end", async () => {
  await using box = await openBox();
  using folder = temporaryFolder();
  const path = folder.file("telemetry.db");
  for (const [first, second] of [[1, 2] as const, [3, 4] as const]) {
    await using cli = startCli({ args: ["stream", "--count", "2", "--log", `sqlite:${path}`], env: box.env });
    await cli.until("stderr", "live");
    await box.publish(TEMPERATURE, String(first));
    await box.publish(TEMPERATURE, String(second));
    const { code, messages, stderr } = await cli.result;
    expect(code).toBe(0);
    expect(messages.map(({ seq, payload }) => [seq, payload])).toEqual([
      [first, first],
      [second, second],
    ]);
    const goesOn = stderr.includes(`the log "${path}" holds messages up to 2; this run goes on with 3\n`);
    expect(goesOn).toBe(first === 3);
    expect(stderr.trimEnd().split("\n").at(-1)).toMatch(
      /^tesa: 2 messages in [\d.]+ s; 2 received, 2 stored, 0 redelivered, 0 reconnects, 0 gaps$/,
    );
  }
  expect(await stored(path)).toEqual(["1", "2", "3", "4"]);
  expect(acknowledged(box)).toEqual(["1", "2", "3", "4"]);
});

test("a stream that is killed again and again loses nothing and stores nothing twice", async () => {
  await using box = await openBox();
  using folder = temporaryFolder();
  const path = folder.file("telemetry.db");
  const env = { ...box.env, TESA_LOG: `sqlite:${path}` };
  let published = 0;
  const publish = async (count: number) => {
    for (let index = 0; index < count; index += 1) await box.publish(TEMPERATURE, String(++published));
  };
  for (let kill = 0; kill < 3; kill += 1) {
    await using cli = startCli({ args: ["stream", "--output", folder.file("out.ndjson")], env });
    await cli.until("stderr", "live");
    const publishing = publish(40);
    await expect.poll(() => acknowledged(box).length).toBeGreaterThan(40 * kill);
    cli.child.kill("SIGKILL");
    await publishing;
  }
  await using cli = startCli({ args: ["stream"], env });
  await cli.until("stderr", "live");
  await publish(1);
  await expect.poll(() => acknowledged(box)).toContain("121");
  cli.child.kill("SIGTERM");
  expect(await cli.result).toMatchObject({ code: 0 });
  expect(await stored(path)).toEqual(numbers(1, 121));
});

test("a pipe that nobody reads holds up neither the log nor the acknowledgements, and gets all later", async () => {
  await using box = await openBox();
  using folder = temporaryFolder();
  await using cli = startCli({
    args: ["stream", "--count", "300", "--log", `sqlite:${folder.file("telemetry.db")}`],
    env: box.env,
  });
  await cli.until("stderr", "live");
  cli.child.stdout?.pause();
  const filling = "x".repeat(10_000);
  for (let value = 0; value < 300; value += 1) {
    await box.publish(TEMPERATURE, JSON.stringify({ value, filling }));
  }
  await expect.poll(() => acknowledged(box).length).toBe(300);
  cli.child.stdout?.resume();
  const { code, messages } = await cli.result;
  expect(code).toBe(0);
  expect(messages.map(({ payload }) => (payload as { value: number }).value)).toEqual(
    Array.from({ length: 300 }, (_, value) => value),
  );
});

test("an output that fails ends the stream with 74, and what it lacks is in the log", async () => {
  await using box = await openBox();
  using folder = temporaryFolder();
  const path = folder.file("telemetry.db");
  await using cli = startCli({
    args: ["stream", "--log", `sqlite:${path}`, "--output", "/dev/full"],
    env: box.env,
  });
  await cli.until("stderr", "live");
  await box.publish(TEMPERATURE, "1");
  const { code, stderr } = await cli.result;
  expect(code).toBe(74);
  expect(stderr).toContain('Cannot write the output file "/dev/full": the disk is full.');
  expect(await stored(path)).toEqual(["1"]);
});

test("a stream over a log ends with 0 and says nothing when the reader of its pipe has gone", async () => {
  await using box = await openBox();
  using folder = temporaryFolder();
  const path = folder.file("telemetry.db");
  await using cli = startCli({ args: ["stream", "--log", `sqlite:${path}`], env: box.env });
  await cli.until("stderr", "live");
  cli.child.stdout?.destroy();
  const before = cli.stderr;
  await box.publish(TEMPERATURE, "1");
  expect(await cli.result).toMatchObject({ code: 0, stderr: before });
  expect(await stored(path)).toEqual(["1"]);
});

test("a pipe that takes nothing does not hold the end for longer than a few seconds", async () => {
  await using box = await openBox();
  using folder = temporaryFolder();
  const path = folder.file("telemetry.db");
  await using cli = startCli({ args: ["stream", "--log", `sqlite:${path}`], env: box.env });
  await cli.until("stderr", "live");
  cli.child.stdout?.pause();
  const filling = "x".repeat(400_000);
  for (const _ of numbers(1, 4)) await box.publish(TEMPERATURE, JSON.stringify({ filling }));
  await expect.poll(() => acknowledged(box).length).toBe(4);
  cli.child.kill("SIGTERM");
  await cli.until("stderr", "finishing what is in the log; Ctrl-C again ends at once");
  await cli.until("stderr", "The output takes nothing any more. What it lacks is in the log.");
  const [code] = await once(cli.child, "exit");
  expect(code).toBe(74);
  cli.child.stdout?.resume();
  expect(await stored(path)).toHaveLength(4);
});

test("two workers of a --share group share the messages, and one takes over what the other was killed with", async () => {
  await using box = await openBox();
  using folder = temporaryFolder();
  const start = (name: string) =>
    startCli({
      args: ["stream", "--share", "workers", "--log", `sqlite:${folder.file(name)}`],
      env: { ...box.env, TESA_SESSION_EXPIRY: "1" },
    });
  await using first = start("first.db");
  await using second = start("second.db");
  await Promise.all([first.until("stderr", "live: $share/workers/device"), second.until("stderr", "live")]);
  for (const value of numbers(1, 20)) await box.publish(TEMPERATURE, value);
  await expect.poll(() => acknowledged(box).length).toBe(20);
  first.child.kill("SIGSTOP");
  for (const value of numbers(21, 40)) await box.publish(TEMPERATURE, value);
  first.child.kill("SIGKILL");
  await expect.poll(() => new Set(acknowledged(box)).size, { timeout: 5_000 }).toBe(40);
  second.child.kill("SIGTERM");
  expect(await second.result).toMatchObject({ code: 0 });
  const shares = [await stored(folder.file("first.db")), await stored(folder.file("second.db"))];
  expect(Math.min(...shares.map(({ length }) => length))).toBeGreaterThan(0);
  expect(new Set(shares.flat())).toEqual(new Set(numbers(1, 40)));
});

test("a log that is open in another process is refused with 74, and the other goes on", async () => {
  await using box = await openBox();
  using folder = temporaryFolder();
  const args = ["stream", "--log", `sqlite:${folder.file("telemetry.db")}`];
  await using cli = startCli({ args, env: box.env });
  await cli.until("stderr", "live");
  const second = await runCli({ args, env: box.env });
  expect(second).toMatchObject({ code: 74, stdout: "" });
  expect(second.stderr).toContain("is open for writing already");
  await box.publish(TEMPERATURE, "1");
  await cli.until("stdout", '"payload":1');
});

test.each<[string, (file: (name: string) => string) => void, string, RegExp]>([
  [
    "in a folder that is not there",
    () => {},
    "missing/telemetry.db",
    /there is no folder .* Make it first\./,
  ],
  [
    "that is a folder",
    (file) => mkdirSync(file("telemetry.db")),
    "telemetry.db",
    /is a folder: give the path of a file/,
  ],
  [
    "behind a file",
    (file) => writeFileSync(file("a"), ""),
    "a/telemetry.db",
    /is no folder|cannot be looked at/,
  ],
  [
    "that is no database",
    (file) => writeFileSync(file("telemetry.db"), "temperature,25.5\n".repeat(1_000)),
    "telemetry.db",
    /is no log, nor any other SQLite database\. It was not touched/,
  ],
  [
    "of another program",
    (file) => withDatabase(file("telemetry.db"), "CREATE TABLE customers (name TEXT)"),
    "telemetry.db",
    /is the database of another program\. It was not touched/,
  ],
  [
    "of a newer release",
    (file) =>
      withDatabase(file("telemetry.db"), "PRAGMA application_id = 0x54455341; PRAGMA user_version = 999"),
    "telemetry.db",
    /has schema version 999; this release knows \d+\. It was not touched/,
  ],
])("a log %s is refused with 74 before anything is connected", async (_, prepare, name, message) => {
  using folder = temporaryFolder();
  prepare(folder.file);
  const { code, stdout, stderr } = await runCli({
    args: ["stream", "--log", `sqlite:${folder.file(name)}`],
    env: NOWHERE,
  });
  expect({ code, stdout }).toEqual({ code: 74, stdout: "" });
  expect(stderr).toMatch(message);
  expect(stderr).not.toMatch(/connecting|^ +at /m);
});

function withDatabase(path: string, sql: string): void {
  const db = new DatabaseSync(path);
  db.exec(sql);
  db.close();
}

/** A disk of 400 kB, where this user may mount one. */
function mountSmallDisk(path: string): Disposable | undefined {
  mkdirSync(path);
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=400k", "tmpfs", path], { stdio: "ignore" });
  } catch {
    return undefined;
  }
  return { [Symbol.dispose]: () => execFileSync("umount", ["-l", path]) };
}

test.runIf(process.platform === "linux")(
  "a full disk holds the acknowledgements until there is room again",
  async (context) => {
    using folder = temporaryFolder();
    using disk = mountSmallDisk(folder.file("disk"));
    if (disk === undefined) context.skip("this user may not mount a disk");
    const ballast = folder.file("disk/ballast");
    await using box = await openBox();
    await using cli = startCli({
      args: ["stream", "--log", `sqlite:${folder.file("disk/telemetry.db")}`],
      env: box.env,
    });
    await cli.until("stderr", "live");
    await box.publish(TEMPERATURE, "1");
    await expect.poll(() => acknowledged(box)).toEqual(["1"]);
    const used = statSync(folder.file("disk/telemetry.db")).size;
    writeFileSync(ballast, Buffer.alloc(Math.max(1, 150_000 - used)));
    for (const _ of numbers(1, 30)) await box.publish(TEMPERATURE, `"${"x".repeat(10_000)}"`);
    await cli.until("stderr", /log: .*the disk is full/);
    const before = acknowledged(box).length;
    expect(before).toBeLessThan(31);
    execFileSync("mount", ["-o", "remount,size=8m", folder.file("disk")]);
    await cli.until("stderr", "the log stores again");
    await expect.poll(() => acknowledged(box).length, { timeout: 10_000 }).toBe(31);
    cli.child.kill("SIGTERM");
    expect(await cli.result).toMatchObject({ code: 0 });
    expect(await stored(folder.file("disk/telemetry.db"))).toHaveLength(31);
  },
);
