import { execFileSync, spawnSync } from "node:child_process";
import { openBox } from "@tesa/platform/testing";
import { expect, test } from "vitest";
import { MAIN, NODE_ARGS, runCli, startCli } from "../testing/cli.ts";
import { fillLog } from "../testing/filled-log.ts";
import { temporaryFolder } from "../testing/temporary-folder.ts";

const NOON = Date.parse("2026-11-23T12:00:00Z");
const MINUTE = 60_000;

/** A message a minute from noon on: g1 and g2 in turn, temperature and, every third, several readings. */
function minutes(count: number) {
  return Array.from({ length: count }, (_, minute) => ({
    topic: `device/g${(minute % 2) + 1}/telemetry${minute % 3 === 0 ? "" : "/temperature"}`,
    payload: minute % 3 === 0 ? `{"humidity":${minute}}` : `{"value":${minute},"unit":"°C"}`,
    receivedAt: NOON + minute * MINUTE,
  }));
}

test("tesa history writes every message of a log as tesa stream wrote it, while the stream goes on", async () => {
  await using box = await openBox();
  using folder = temporaryFolder();
  const env = { ...box.env, TESA_LOG: `sqlite:${folder.file("telemetry.db")}`, TESA_DEVICE: "g1,g2" };
  await using cli = startCli({ args: ["stream"], env });
  await cli.until("stderr", "live");
  await box.publish("device/g1/telemetry/temperature", '{"value":12345678901234567890}');
  await box.publish("device/g2/telemetry/state", "ERR 17");
  await cli.until("stdout", "ERR 17");
  const { code, stdout, stderr } = await runCli({ args: ["history"], env });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toBe(cli.stdout);
});

test.each<[string, readonly number[]]>([
  ["--device g2 --limit 2", [7, 9]],
  ["--sensor humidity", [0, 3, 6, 9]],
  ["--from 2026-11-23T12:02:00Z --to 2026-11-23T12:05Z", [2, 3, 4]],
  ["--device g9", []],
])("tesa history %s chooses", async (flags, expected) => {
  using folder = temporaryFolder();
  const path = folder.file("telemetry.db");
  await fillLog(path, { messages: minutes(10) });
  const args = ["history", "--log", `sqlite:${path}`, ...flags.split(" ").filter(Boolean)];
  const { code, messages, stderr } = await runCli({ args });
  expect(code).toBe(0);
  expect(messages.map(({ receivedAt }) => (Number(receivedAt) - NOON) / MINUTE)).toEqual(expected);
  expect(stderr).toBe(expected.length === 0 ? "tesa: no message matches; the log holds 10 messages\n" : "");
});

test("tesa history --gaps tells when messages may be missing, and where that is", async () => {
  using folder = temporaryFolder();
  const path = folder.file("telemetry.db");
  const gaps = [
    { kind: "certain", from: NOON, to: NOON + MINUTE },
    { kind: "possible", from: NOON + 5 * MINUTE, to: NOON + 6 * MINUTE },
  ] as const;
  await fillLog(path, { messages: minutes(2), gaps });
  const all = await runCli({ args: ["history", "--gaps", "--log", `sqlite:${path}`] });
  expect(all).toMatchObject({ code: 0, stderr: "" });
  expect(all.messages).toEqual(gaps.map((gap, index) => ({ id: index + 1, ...gap, afterSeq: 2 })));
  const late = ["history", "--gaps", "--from", "2026-11-23T12:03Z", "--log", `sqlite:${path}`];
  expect((await runCli({ args: late })).messages).toHaveLength(1);
});

test("tesa history ends well when the reader of its pipe has enough", async () => {
  using folder = temporaryFolder();
  const path = folder.file("telemetry.db");
  await fillLog(path, { messages: minutes(5_000) });
  const words = [process.execPath, ...NODE_ARGS, MAIN, "history", "--no-dotenv", "--log", `sqlite:${path}`];
  const script = `${words.map((word) => `'${word}'`).join(" ")} | head -1; exit \${PIPESTATUS[0]}`;
  const { status, stdout, stderr } = spawnSync("bash", ["-c", script], { encoding: "utf8" });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(JSON.parse(stdout)).toMatchObject({ seq: 1 });
});

/** A terminal, by script(1) of util-linux. */
const hasTerminal = (() => {
  try {
    return /util-linux/.test(execFileSync("script", ["--version"], { encoding: "utf8" }));
  } catch {
    return false;
  }
})();

test.runIf(hasTerminal)("on a terminal history is a table of the newest messages, with date", async () => {
  using folder = temporaryFolder();
  const path = folder.file("telemetry.db");
  const evil = {
    topic: "device/g1/telemetry/evil",
    payload: "\u001b[2Jgone",
    receivedAt: NOON + 600 * MINUTE,
  };
  await fillLog(path, { messages: [...minutes(150), evil] });
  const command = [process.execPath, ...NODE_ARGS, MAIN, "history", "--no-dotenv", "--log", `sqlite:${path}`];
  const inTerminal = `stty cols 120 rows 24; exec ${command.map((word) => `'${word}'`).join(" ")}`;
  const screen = execFileSync("script", ["-qec", inTerminal, "/dev/null"], {
    encoding: "utf8",
    env: { PATH: process.env.PATH ?? "", TZ: "UTC", NO_COLOR: "1" },
  });
  const lines = screen.trimEnd().split("\r\n");
  expect(lines).toHaveLength(101);
  expect(lines[0]).toMatch(/^2026-11-23 12:51:00\.000 {2}g2 /);
  expect(lines[99]).toContain("\\u{1b}[2Jgone");
  expect(lines[100]).toBe("tesa: the newest 100; --limit and --from show others");
});

test.each<[string, number, RegExp]>([
  ["", 78, /^ {2}- TESA_LOG is needed: name the log of tesa stream/m],
  ["--log telemetry.db", 78, /^ {2}- --log "telemetry.db" is no log\. Write sqlite:\.\/telemetry\.db/m],
  ["--log sqlite:missing.db", 74, /There is no log at "missing.db"\. Look at the path\./],
  [
    "--log sqlite:.env --from yesterday --to 1h --limit 0 --gaps --device g1",
    64,
    /--limit takes[\s\S]*--from takes a time: ISO 8601.* not "yesterday"[\s\S]*--gaps goes with --from and --to alone/,
  ],
])("tesa history %s is refused with %d", async (flags, expected, message) => {
  const { code, stdout, stderr } = await runCli({ args: ["history", ...flags.split(" ").filter(Boolean)] });
  expect({ code, stdout }).toEqual({ code: expected, stdout: "" });
  expect(stderr).toMatch(message);
});
