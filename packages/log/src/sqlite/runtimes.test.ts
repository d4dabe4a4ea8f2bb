import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { toNdjson } from "@tesa/core";
import { expect, test } from "vitest";
import { entry } from "../testing/entries.ts";
import { temporaryFolder } from "../testing/temporary-folder.ts";
import { openSqliteLog } from "./index.ts";

const run = promisify(execFile);
const require = createRequire(import.meta.url);
const PROGRAM = fileURLToPath(new URL("../testing/read-and-append.ts", import.meta.url));
const CONDITION = "--conditions=tesa-source";

/** Each as the lockfile has it: what `node_modules/.bin/deno` starts is a wrapper around another program. */
const RUNTIMES: Readonly<Record<string, readonly string[]>> = {
  node: [process.execPath, CONDITION],
  bun: [join(dirname(require.resolve("bun/package.json")), "bin/bun.exe"), CONDITION],
  deno: [
    join(dirname(require.resolve("deno/package.json")), "deno"),
    "run",
    CONDITION,
    "--no-prompt",
    "--allow-read",
    "--allow-write",
  ],
};

/** What the log holds, as this process reads it. */
async function readHere(path: string) {
  await using log = await openSqliteLog({ path, readOnly: true });
  const { messages } = await log.read();
  return {
    id: log.id,
    epoch: log.epoch,
    lines: messages.map((message) => toNdjson(message)),
    payloads: messages.map(({ payload }) => [...payload]),
    gaps: await log.gaps(),
  };
}

test("one SQLite file is written and read by Node, Bun and Deno in turn, with the same content for each", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "log.db");
  {
    await using log = await openSqliteLog({ path });
    await log.append([
      entry({ payload: '{"value":21.5,"unit":"°C"}' }),
      entry({ payload: new Uint8Array([0, 255, 1]) }),
      entry({ payload: "\u0000 text with an end", packetId: 7 }),
    ]);
  }
  let written = 3;
  let before = "";
  for (const runtime of ["bun", "deno", "node", "deno", "bun"]) {
    const expected = await readHere(path);
    const [program = "", ...flags] = RUNTIMES[runtime] ?? [];
    const { stdout } = await run(program, [...flags, PROGRAM, path, runtime]);
    const cursor = before === "" ? [0, null] : [written, { by: before }];
    expect(JSON.parse(stdout)).toEqual({ ...expected, cursor });
    written += 1;
    before = runtime;
    const after = await readHere(path);
    expect(after.lines).toHaveLength(written);
    expect(JSON.parse(after.lines.at(-1) ?? "")).toMatchObject({ seq: written, deviceId: runtime });
    expect([after.id, after.epoch]).toEqual([expected.id, expected.epoch]);
  }
}, 60_000);
