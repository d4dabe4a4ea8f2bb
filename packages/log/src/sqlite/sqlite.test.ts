import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type ContractLogOptions, describeLogContract, entries } from "../testing/index.ts";
import { temporaryFolder } from "../testing/temporary-folder.ts";
import { openSqliteLog } from "./index.ts";

describeLogContract("The log in SQLite", {
  vitest: { describe, expect, test },
  open: async (first) => {
    const folder = temporaryFolder();
    const open = ({ now = () => 1_000_000, receiveMaximum = 100, retention = {} }: ContractLogOptions) =>
      openSqliteLog({ path: join(folder.path, "log.db"), clock: { now }, receiveMaximum, retention });
    let log = await open(first);
    return {
      log,
      reopen: async (options = {}) => {
        await log.close();
        log = await open(options);
        return log;
      },
      [Symbol.asyncDispose]: async () => {
        await log.close();
        folder[Symbol.dispose]();
      },
    };
  },
});

test("openSqliteLog() tells at which rate messages came last, for whoever asks how long the broker's queue lasts", async () => {
  const folder = temporaryFolder();
  const log = await openSqliteLog({ path: join(folder.path, "log.db") });
  expect((await log.session()).recentRate).toBeUndefined();
  await log.append(entries(201, (index) => ({ receivedAt: 1_000 + 10 * index })));
  expect((await log.session()).recentRate).toBe(100);
  await log.close();
  folder[Symbol.dispose]();
});

test("openSqliteLog() tells when a message so far back was received, or the oldest that is left", async () => {
  const folder = temporaryFolder();
  const log = await openSqliteLog({ path: join(folder.path, "log.db"), retention: { maxRows: 50 } });
  expect(await log.receivedAt?.(0)).toBeNull();
  await log.append(entries(200, (index) => ({ receivedAt: 1_000 + index })));
  await log.trim();
  expect(await log.receivedAt?.(0)).toBe(1_199);
  expect(await log.receivedAt?.(49)).toBe(1_150);
  expect(await log.receivedAt?.(1_000)).toBe(1_150);
  await log.close();
  folder[Symbol.dispose]();
});
