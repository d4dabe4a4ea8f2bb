import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join, matchesGlob } from "node:path";
import type { App } from "./apps.ts";
import { CopyError } from "./check-target.ts";

/** What checks an app inside the repository: it needs tooling that a copy does not have. */
const REPOSITORY_ONLY = [
  "**/*.test.ts",
  "**/*.test.tsx",
  "src/**/testing/**",
  "vitest.config.ts",
  "tsconfig.test.json",
  "conformance.json",
  "copy.json",
  "known-failing.json",
];

/** The files of an app that make up its copy, relative to its folder: what git has or would take, but no tests. */
export function copiedFiles({ folder, copy }: App): string[] {
  const leftOut = [...REPOSITORY_ONLY, ...(copy?.leaveOut ?? [])];
  return listFiles(folder)
    .filter((file) => existsSync(join(folder, file)))
    .filter((file) => !leftOut.some((glob) => matchesGlob(file, glob)));
}

function listFiles(folder: string): string[] {
  try {
    const args = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
    const listed = execFileSync("git", args, {
      cwd: folder,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
    return listed.split("\0").filter((file) => file !== "");
  } catch (cause) {
    throw new CopyError(
      "git cannot list the app's files: copy-app needs git, and a clone of the repository.",
      {
        cause,
      },
    );
  }
}
