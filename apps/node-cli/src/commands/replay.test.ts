import { readFileSync, writeFileSync } from "node:fs";
import { SECRET, startReceiver } from "@tesa/platform/testing";
import { expect, test } from "vitest";
import { runCli, startCli } from "../testing/cli.ts";
import { fillLog, type GivenMessage } from "../testing/filled-log.ts";
import { temporaryFolder } from "../testing/temporary-folder.ts";

const NOON = Date.parse("2026-11-23T12:00:00Z");

/** Messages of g1 and g2 in turn, so many milliseconds apart. */
function messages(count: number, apartMs: number): GivenMessage[] {
  return Array.from({ length: count }, (_, index) => ({
    topic: `device/g${(index % 2) + 1}/telemetry/temperature`,
    payload: String(index + 1),
    receivedAt: NOON + index * apartMs,
  }));
}

test("what is replayed from a log and from a file is, byte for byte, what was there", async () => {
  using folder = temporaryFolder();
  const path = folder.file("telemetry.db");
  await fillLog(path, {
    messages: [
      {
        topic: "device/g1/telemetry/t",
        payload: '{ "value" : 12345678901234567890, "format":"json" }',
        receivedAt: NOON,
      },
      {
        topic: "device/g1/telemetry/t",
        payload: 'ERR ,"payload": 17 \u{1F600}',
        receivedAt: NOON + 3_600_000,
      },
      { topic: "device/g1/telemetry/t", payload: Uint8Array.of(0xff, 0, 1), receivedAt: NOON + 7_200_000 },
    ],
  });
  const log = await runCli({ args: ["replay", "--speed", "max", "--log", `sqlite:${path}`] });
  expect(log.code).toBe(0);
  expect(log.messages).toHaveLength(3);
  expect(log.stdout).toContain('{ "value" : 12345678901234567890, "format":"json" }');
  expect(log.stderr).toMatch(/^tesa: 3 messages replayed in [\d.]+ s\n$/);
  const recorded = folder.file("recorded.ndjson");
  writeFileSync(recorded, log.stdout);
  const file = await runCli({ args: ["replay", recorded, "--speed", "max"] });
  expect(file.stdout).toBe(readFileSync(recorded, "utf8"));
});

test("a replay keeps the pace at which messages came, or a multiple of it", async () => {
  using folder = temporaryFolder();
  const path = folder.file("telemetry.db");
  await fillLog(path, { messages: messages(4, 2_000) });
  await using cli = startCli({ args: ["replay", "--speed", "10", "--log", `sqlite:${path}`] });
  const arrivals: number[] = [];
  cli.child.stdout?.on("data", () => arrivals.push(performance.now()));
  expect((await cli.result).messages.map(({ payload }) => payload)).toEqual([1, 2, 3, 4]);
  expect(arrivals).toHaveLength(4);
  const lasted = (arrivals.at(-1) ?? 0) - (arrivals[0] ?? 0);
  expect(lasted).toBeGreaterThan(500);
  expect(lasted).toBeLessThan(2_000);
});

test("Ctrl-C ends a replay with 0", async () => {
  using folder = temporaryFolder();
  const path = folder.file("telemetry.db");
  await fillLog(path, { messages: messages(2, 60_000) });
  await using cli = startCli({ args: ["replay", "--log", `sqlite:${path}`] });
  await cli.until("stdout", '"payload":1');
  cli.child.kill("SIGINT");
  const { code, stderr } = await cli.result;
  expect(code).toBe(0);
  expect(stderr).toMatch(/1 message replayed/);
});

test("a recorded file goes to a webhook, chosen, signed, without what is no message", async () => {
  await using receiver = await startReceiver();
  using folder = temporaryFolder();
  const recorded = folder.file("recorded.ndjson");
  const lines = messages(2_500, 1).map(({ topic, payload, receivedAt }, index) =>
    JSON.stringify({
      seq: index + 1,
      topic,
      deviceId: topic.split("/")[1],
      receivedAt,
      payload: Number(payload),
      format: "json",
    }),
  );
  writeFileSync(recorded, ["no message", ...lines, '{"seq":2501,"topic":"cut o'].join("\n"));
  let failures = 0;
  receiver.answer = () => (++failures === 3 ? 503 : 204);
  const args = ["replay", recorded, "--speed", "max", "--device", "g1", "--webhook", receiver.url];
  const { code, stdout, stderr } = await runCli({ args, env: { TESA_WEBHOOK_SECRET: SECRET } });
  expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
  expect(receiver.taken).toEqual(Array.from({ length: 1_250 }, (_, index) => 2 * index + 1));
  expect(receiver.requests.every(({ headers }) => headers["webhook-signature"] !== undefined)).toBe(true);
  expect(stderr).toContain("Line 1 is no message");
  expect(stderr).toMatch(/1250 messages replayed in [\d.]+ s; 2 lines left out/);
  expect(stderr).not.toMatch(/FAKE|PATHSECRET/);
});

test("a webhook that refuses, or has moved, ends the replay with 74 and a reason", async () => {
  await using receiver = await startReceiver();
  using folder = temporaryFolder();
  const path = folder.file("telemetry.db");
  await fillLog(path, { messages: messages(3, 1) });
  const env = { TESA_WEBHOOK_URL: receiver.url, TESA_WEBHOOK_SECRET: SECRET, TESA_LOG: `sqlite:${path}` };
  receiver.answer = ({ payloads }) => (payloads.includes(2) ? 422 : 204);
  const refused = await runCli({ args: ["replay", "--webhook"], env });
  expect(refused.code).toBe(74);
  expect(refused.stderr).toMatch(
    /The webhook refused 1 message for good\. The webhook receiver .* answered 422/,
  );
  expect(receiver.taken).toEqual([1, 3]);
  receiver.answer = () => 301;
  const moved = await runCli({ args: ["replay", "--webhook"], env });
  expect(moved.code).toBe(74);
  expect(moved.stderr).toMatch(/Redirects are not followed[\s\S]* The replay ends here\./);
});

test.each<[string, number, RegExp]>([
  ["missing.ndjson", 64, /The recorded file "missing.ndjson" cannot be read: it does not exist\./],
  [". --speed fast", 64, /--speed takes a number from 0.01 to 1000000, or max, not "fast"/],
  [".env --log sqlite:x.db", 64, /Give a file or --log, not both\./],
  ["--webhook", 78, /TESA_LOG is needed[\s\S]*--webhook names no URL, and TESA_WEBHOOK_URL is not set/],
])("tesa replay %s is refused with %d", async (flags, expected, message) => {
  const { code, stdout, stderr } = await runCli({ args: ["replay", ...flags.split(" ")] });
  expect({ code, stdout }).toEqual({ code: expected, stdout: "" });
  expect(stderr).toMatch(message);
});
