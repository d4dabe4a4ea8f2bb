import { execFileSync } from "node:child_process";
import { openSqliteLog } from "@tesa/log/sqlite";
import { openBox, SECRET, startReceiver } from "@tesa/platform/testing";
import { mirroredPayloads, type PostgresServer, startPostgres } from "@tesa/postgres/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCli, startCli } from "../testing/cli.ts";
import { temporaryFolder } from "../testing/temporary-folder.ts";

const TEMPERATURE = "device/g1/telemetry/temperature";

/** Two processes, and a server with a disk, take turns on what may be a small machine. */
const PATIENCE = { timeout: 10_000 };

let postgres: PostgresServer;
beforeAll(async () => {
  postgres = await startPostgres();
}, 60_000);
afterAll(() => postgres[Symbol.asyncDispose]());

function numbers(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

test("log, PostgreSQL and webhook have everything, although the stream is killed in the middle", async () => {
  await using box = await openBox();
  await using receiver = await startReceiver();
  using folder = temporaryFolder();
  const env = {
    ...box.env,
    TESA_LOG: `sqlite:${folder.file("telemetry.db")}`,
    TESA_POSTGRES_URL: postgres.connectionString,
    TESA_POSTGRES_TABLE: "killed",
    TESA_WEBHOOK_URL: receiver.url,
    TESA_WEBHOOK_SECRET: SECRET,
  };
  for (const [from, to] of [[1, 60] as const, [61, 120] as const]) {
    await using cli = startCli({ args: ["stream"], env });
    await cli.until("stderr", "live");
    const publishing = (async () => {
      for (const value of numbers(from, to)) await box.publish(TEMPERATURE, String(value));
    })();
    await expect.poll(() => receiver.taken.length, PATIENCE).toBeGreaterThan(from);
    cli.child.kill("SIGKILL");
    await publishing;
  }
  await using cli = startCli({ args: ["stream"], env });
  await cli.until("stderr", "live");
  await expect.poll(() => new Set(receiver.taken).size, PATIENCE).toBe(120);
  cli.child.kill("SIGTERM");
  const { code, stderr } = await cli.result;
  expect(code).toBe(0);
  expect(stderr.trimEnd().split("\n").at(-1)).toMatch(
    /\d+ received, \d+ stored, \d+ redelivered, \d+ mirrored, \d+ delivered, 0 dead letters, 0 reconnects, \d+ gaps?/,
  );
  await using log = await openSqliteLog({ path: folder.file("telemetry.db"), readOnly: true });
  const { messages } = await log.read();
  expect(messages.map(({ payload }) => Number(Buffer.from(payload).toString()))).toEqual(numbers(1, 120));
  expect(await mirroredPayloads(postgres.connectionString, "killed")).toEqual(numbers(1, 120));
});

test("PostgreSQL and receiver may be down: the stream says so, goes on, and they get everything later", async () => {
  await using box = await openBox();
  using folder = temporaryFolder();
  const port = await (async () => {
    await using receiver = await startReceiver();
    return Number(new URL(receiver.url).port);
  })();
  await postgres.stop();
  const args = [
    "stream",
    `--log=sqlite:${folder.file("telemetry.db")}`,
    `--postgres=${postgres.connectionString}`,
    "--postgres-table=down",
    `--webhook=http://127.0.0.1:${port}/telemetry/PATHSECRET`,
  ];
  await using cli = startCli({ args, env: { ...box.env, TESA_WEBHOOK_SECRET: SECRET, DEBUG: "*" } });
  await cli.until("stderr", "live");
  for (const value of numbers(1, 30)) await box.publish(TEMPERATURE, String(value));
  await expect.poll(() => box.platform.ledger.entries({ event: "acknowledged" }).length, PATIENCE).toBe(30);
  await cli.until("stderr", /PostgreSQL: waiting: .*127\.0\.0\.1.* Next try in [\d.]+ s/);
  await cli.until("stderr", /webhook: waiting: .*ECONNREFUSED.* Next try in [\d.]+ s/);
  await postgres.start();
  await using receiver = await startReceiver(port);
  await cli.until("stderr", "PostgreSQL: goes on");
  await cli.until("stderr", "webhook: goes on");
  await expect.poll(() => receiver.taken.length, PATIENCE).toBe(30);
  await expect.poll(() => mirroredPayloads(postgres.connectionString, "down"), PATIENCE).toHaveLength(30);
  cli.child.kill("SIGTERM");
  const { code, stdout, stderr } = await cli.result;
  expect(code).toBe(0);
  expect(stderr).toMatch(/30 stored, 0 redelivered, 30 mirrored, 30 delivered, 0 dead letters/);
  expect(stderr).toMatch(/warning: --postgres has a password in it, .* in the process list/);
  for (const secret of [postgres.password, SECRET, "PATHSECRET", box.token]) {
    expect(stdout + stderr).not.toContain(secret);
  }
});

test("what the webhook refuses becomes dead letters, which can be listed, sent again and discarded", async () => {
  await using box = await openBox();
  await using receiver = await startReceiver();
  using folder = temporaryFolder();
  const refused = new Set<unknown>([3, 5, 6]);
  receiver.answer = ({ payloads }) => (payloads.some((payload) => refused.has(payload)) ? 422 : 204);
  const log = `sqlite:${folder.file("the telemetry.db")}`;
  const webhook = { ...box.env, TESA_WEBHOOK_URL: receiver.url, TESA_WEBHOOK_SECRET: SECRET };
  const env = { ...webhook, TESA_LOG: log };
  await using cli = startCli({ args: ["stream", "--log", log], env: webhook });
  await cli.until("stderr", "live");
  for (const value of numbers(1, 8)) await box.publish(TEMPERATURE, String(value));
  await expect.poll(() => receiver.taken.length, PATIENCE).toBe(5);
  await cli.until("stderr", /webhook: \d dead letters? in this run. To see them: .*\n/);
  // The command as it was told, in a shell that has no settings.
  const told = /To see them: .* tesa (.*)/.exec(cli.stderr)?.[1];
  const words = execFileSync("sh", ["-c", `printf '%s\\n' ${told}`], { encoding: "utf8" });
  const list = await runCli({ args: words.trimEnd().split("\n") });
  expect(list.code).toBe(0);
  expect(list.messages.map(({ id, message }) => [id, (message as { payload: number }).payload])).toEqual([
    [1, 3],
    [2, 5],
    [3, 6],
  ]);
  expect(list.stdout).toContain("422");
  refused.delete(3);
  // The stream goes on meanwhile.
  const some = await runCli({ args: ["webhook", "replay", "1", "2", "9"], env });
  expect(some.code).toBe(64);
  expect(some.stderr).toMatch(
    /2 was refused again: .*422[\s\S]*9 is no dead letter[\s\S]*1 delivered, 1 refused/,
  );
  refused.clear();
  expect(await runCli({ args: ["webhook", "replay", "2"], env })).toMatchObject({ code: 0 });
  expect(receiver.taken).toEqual([1, 2, 4, 7, 8, 3, 5]);
  await box.publish(TEMPERATURE, "9");
  await expect.poll(() => receiver.taken.at(-1), PATIENCE).toBe(9);
  cli.child.kill("SIGTERM");
  const { stderr } = await cli.result;
  expect(stderr).toMatch(/6 delivered, 3 dead letters/);
  expect(stderr.split("To see them")).toHaveLength(2);
  const discard = await runCli({ args: ["webhook", "discard", "--all", "--log", log] });
  expect(discard).toMatchObject({ code: 0, stderr: "tesa: 1 dead letter discarded\n" });
  expect(await runCli({ args: ["webhook", "list"], env })).toMatchObject({
    code: 0,
    stdout: "",
    stderr: "tesa: there are no dead letters\n",
  });
});

test("a webhook that answers 404 is paused with advice, and its place is kept", async () => {
  await using box = await openBox();
  await using receiver = await startReceiver();
  using folder = temporaryFolder();
  receiver.answer = () => 404;
  const env = {
    ...box.env,
    TESA_LOG: `sqlite:${folder.file("telemetry.db")}`,
    TESA_WEBHOOK_URL: receiver.url,
    TESA_WEBHOOK_SECRET: SECRET,
  };
  await using first = startCli({ args: ["stream"], env });
  await first.until("stderr", "live");
  await box.publish(TEMPERATURE, "1");
  await first.until("stderr", /webhook: paused: .*404\. Check the path of the URL/);
  first.child.kill("SIGTERM");
  const { code, stderr } = await first.result;
  expect(code).toBe(0);
  expect(stderr).toMatch(/webhook: 1 message still to come; the next run goes on there/);
  expect(stderr).toContain("0 delivered, 0 dead letters");
  receiver.answer = () => 204;
  await using second = startCli({ args: ["stream"], env });
  await expect.poll(() => receiver.taken, PATIENCE).toEqual([1]);
  second.child.kill("SIGTERM");
  expect((await second.result).stderr).toMatch(/1 delivered, 0 dead letters/);
});

test("a wrong password ends the first start with 78; a later one goes on without, since receiving matters more", async () => {
  await using box = await openBox();
  using folder = temporaryFolder();
  const right = { ...box.env, TESA_POSTGRES_URL: postgres.connectionString, TESA_POSTGRES_TABLE: "password" };
  const wrong = {
    ...right,
    TESA_POSTGRES_URL: postgres.connectionString.replace(postgres.password, "hunter2hunter2"),
  };
  const args = ["stream", "--log", `sqlite:${folder.file("telemetry.db")}`];
  const first = await runCli({ args, env: wrong });
  expect(first.code).toBe(78);
  expect(first.stderr).toMatch(
    /PostgreSQL at 127\.0\.0\.1:\d+\/postgres: .*password.* Check user and password/,
  );
  expect(first.stderr).not.toMatch(/connecting|hunter2/);

  await using second = startCli({ args: [...args, "--count", "1"], env: right });
  await second.until("stderr", "live");
  await box.publish(TEMPERATURE, "1");
  expect((await second.result).stderr).toContain("1 mirrored");

  await using third = startCli({ args: [...args, "--count", "1"], env: wrong });
  await third.until("stderr", "live");
  await box.publish(TEMPERATURE, "2");
  const { code, stderr } = await third.result;
  expect(code).toBe(0);
  expect(stderr).toMatch(/PostgreSQL: paused: .*Check user and password/);
  expect(stderr).toMatch(/PostgreSQL: 1 message still to come/);
  expect(stderr).not.toContain("hunter2");
});
