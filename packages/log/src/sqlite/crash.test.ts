import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { temporaryFolder } from "../testing/temporary-folder.ts";
import { openSqliteLog } from "./index.ts";

const PROGRAM = fileURLToPath(new URL("../testing/append-until-killed.ts", import.meta.url));

interface Writer {
  readonly child: ChildProcess;
  /** The number of each batch whose append has fulfilled. */
  readonly appended: AsyncIterableIterator<string>;
}

function startWriter(path: string, first: number, session: "new" | "kept"): Writer {
  const child = spawn(process.execPath, ["--conditions=tesa-source", PROGRAM, path, String(first), session], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  return { child, appended: createInterface({ input: child.stdout })[Symbol.asyncIterator]() };
}

/** Kills the writer in the midst of its work; gives the last number that it had reported. */
async function killAfter({ child, appended }: Writer, batches: number): Promise<number> {
  const exited = once(child, "exit");
  let last = 0;
  for (let count = 0; count < batches; count += 1) last = Number((await appended.next()).value);
  child.kill("SIGKILL");
  // What it had written before it died counts as well.
  for await (const line of appended) last = Number(line);
  expect((await exited)[1]).toBe("SIGKILL");
  return last;
}

test("a log whose process was killed holds everything that had been appended, once and in order", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "log.db");
  let acknowledged = 0;
  let rounds = 0;
  for (const batches of [1, 7, 25, 60, 3]) {
    const writer = startWriter(path, acknowledged + 1, rounds === 0 ? "new" : "kept");
    acknowledged = await killAfter(writer, batches);
    rounds += 1;
    await using log = await openSqliteLog({ path });
    const { lastSeq } = await log.bounds();
    // The last batch may have been stored without a word about it: its numbers come again in the next round.
    expect(lastSeq).toBeGreaterThanOrEqual(acknowledged);
    expect(lastSeq).toBeLessThanOrEqual(acknowledged + 40);
    const values: unknown[] = [];
    for (let after = 0; after < lastSeq; ) {
      const page = await log.read({ after, limit: 10_000 });
      values.push(...page.messages.map(({ readings: [reading], seq }) => [seq, reading?.value]));
      after = page.lastSeq;
    }
    expect(values).toEqual(Array.from({ length: lastSeq }, (_, index) => [index + 1, index + 1]));
  }
  expect(rounds).toBe(5);
}, 60_000);

test("a log is refused while another process has it open, and free again when that was killed", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "log.db");
  const writer = startWriter(path, 1, "new");
  const exited = once(writer.child, "exit");
  await writer.appended.next();
  await expect(openSqliteLog({ path })).rejects.toMatchObject({
    code: "log",
    retryable: false,
    message: expect.stringContaining(`"${path}" is open for writing already`),
  });
  await using reader = await openSqliteLog({ path, readOnly: true });
  expect((await reader.read({ limit: 1 })).messages).toHaveLength(1);
  const { lastSeq } = await reader.bounds();
  // What it had printed before is read first.
  while (Number((await writer.appended.next()).value) <= lastSeq);
  expect((await reader.bounds()).lastSeq).toBeGreaterThan(lastSeq);
  expect((await reader.latest()).map(({ deviceId }) => deviceId)).toEqual(["d1"]);
  writer.child.kill("SIGKILL");
  await exited;
  await using log = await openSqliteLog({ path });
  expect((await log.bounds()).lastSeq).toBeGreaterThan(lastSeq);
}, 60_000);
