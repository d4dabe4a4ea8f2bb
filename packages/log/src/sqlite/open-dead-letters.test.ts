import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Telemetry } from "@tesa/core";
import { expect, test } from "vitest";
import { entries } from "../testing/index.ts";
import { temporaryFolder } from "../testing/temporary-folder.ts";
import { openDeadLetters, openSqliteLog } from "./index.ts";

/** A log that is open for writing, with messages and as many dead letters. */
async function openWithLetters(path: string, count: number) {
  const log = await openSqliteLog({ path });
  await log.append(entries(count));
  const { messages } = await log.read();
  const giveUp = (message: Telemetry) =>
    log.addDeadLetter({ reader: "webhook:a", at: 1_000, reason: "422", message });
  for (const message of messages) await giveUp(message);
  return { log, giveUp, messages };
}

test("dead letters are read and removed while another has the log open for writing, who counts right", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "telemetry.db");
  const { giveUp, log, messages } = await openWithLetters(path, 4);
  await using _ = log;
  await using letters = await openDeadLetters({ path });
  expect([letters.id, letters.epoch]).toEqual([log.id, log.epoch]);
  expect((await letters.deadLetters({ limit: 3 })).map(({ id, message }) => [id, message.seq])).toEqual([
    [1, 1],
    [2, 2],
    [3, 3],
  ]);
  expect(await letters.removeDeadLetters([1, 3, 99])).toBe(2);
  expect((await log.deadLetters()).map(({ id }) => id)).toEqual([2, 4]);
  expect(await log.stats()).toMatchObject({ rows: 4, deadLetters: 2 });
  await log.append(entries(2));
  for (const message of messages.slice(0, 1)) await giveUp(message);
  expect((await letters.deadLetters({ after: 2 })).map(({ id }) => id)).toEqual([4, 5]);
  expect(await log.stats()).toMatchObject({ rows: 6, deadLetters: 3 });
});

test("a removal waits for a commit that is under way, and the log is unharmed when it is closed in between", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "telemetry.db");
  const { log } = await openWithLetters(path, 2);
  await using letters = await openDeadLetters({ path });
  const other = new DatabaseSync(path);
  other.exec("BEGIN IMMEDIATE");
  const removing = letters.removeDeadLetters([1]);
  let isRemoved = false;
  void removing.then(() => {
    isRemoved = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(isRemoved).toBe(false);
  other.exec("COMMIT");
  other.close();
  expect(await removing).toBe(1);
  await log.close();
  expect(await letters.removeDeadLetters([2])).toBe(1);
  await using again = await openSqliteLog({ path });
  expect(await again.stats()).toMatchObject({ rows: 2, deadLetters: 0 });
});

test("where there is no log, none is made", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "telemetry.db");
  await expect(openDeadLetters({ path })).rejects.toMatchObject({
    code: "log",
    message: expect.stringContaining("There is no log at"),
  });
});
