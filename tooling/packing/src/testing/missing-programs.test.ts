import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findMissingPrograms } from "./missing-programs.ts";

test("a program that is not there, or is there and cannot run, is missing, with its reason", () => {
  const folder = mkdtempSync(join(tmpdir(), "tesa-programs-"));
  const put = (name: string, script: string) => {
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, name), 0o755);
  };
  try {
    put("good", "echo good 1.0");
    put(
      "cargo",
      "echo 'error: rustup could not choose a version of cargo to run' >&2; echo more >&2; exit 1",
    );
    put("mute", "exit 3");
    const env = { PATH: folder };
    expect(findMissingPrograms({ programs: ["good", "cargo", "mute", "absent"] }, env)).toEqual([
      "cargo that runs (cargo --version: error: rustup could not choose a version of cargo to run)",
      "mute that runs (mute --version: exit code 3)",
      "absent",
    ]);
    expect(findMissingPrograms({}, env)).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
