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

test("openSqliteLog() counts what came since, up to a bound; all of it where some are gone", async () => {
  const folder = temporaryFolder();
  const log = await openSqliteLog({ path: join(folder.path, "log.db"), retention: { maxRows: 50 } });
  expect(await log.countSince?.(0, 1_000)).toBe(0);
  await log.append(entries(40, (index) => ({ receivedAt: 1_000 + index })));
  expect(await log.countSince?.(0, 1_000)).toBe(40);
  expect(await log.countSince?.(1_010, 1_000)).toBe(30);
  expect(await log.countSince?.(1_010, 7)).toBe(7);
  expect(await log.countSince?.(1_040, 1_000)).toBe(0);
  await log.append(entries(160, (index) => ({ receivedAt: 1_040 + index })));
  await log.trim();
  expect(await log.countSince?.(1_199, 1_000)).toBe(1);
  expect(await log.countSince?.(1_000, 1_000)).toBe(1_000);
  await log.close();
  folder[Symbol.dispose]();
});
