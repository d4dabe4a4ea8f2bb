/**
 * Checks that no file of the repository, committed or about to be, holds what belongs to one machine or to nobody
 * else: registry hosts, key material, tokens, paths. Prints each finding and exits with 1 if there is one.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { SourceFile } from "./import-rules.ts";
import { findUnwanted } from "./tree-rules.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
  cwd: root,
  encoding: "utf8",
});
const files: SourceFile[] = listed
  .split("\0")
  // A file that was deleted stays listed until that is committed.
  .filter((path) => path !== "" && existsSync(`${root}/${path}`))
  .map((path) => ({ path, text: readFileSync(`${root}/${path}`, "utf8") }));
const findings = findUnwanted(files);
for (const finding of findings) process.stderr.write(`${finding}\n`);
if (files.length === 0) process.stderr.write("check-tree found no file.\n");
process.exitCode = findings.length > 0 || files.length === 0 ? 1 : 0;
