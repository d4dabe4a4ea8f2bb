import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type ContractLogOptions, describeLogContract } from "../testing/index.ts";
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
