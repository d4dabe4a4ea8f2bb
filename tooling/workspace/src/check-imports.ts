/**
 * Checks who imports whom: apps > process > relay, webhook, postgres > log > core; packages never import tooling; only
 * `@tesa/core/mqtt` imports the mqtt package. Prints each breach and exits with 1 if there is one.
 */
import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { findBreaches, type SourceFile } from "./import-rules.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const files: SourceFile[] = globSync("{packages,apps,tooling}/*/src/**/*.{ts,tsx}", { cwd: root }).map(
  (path) => ({
    path: path.replaceAll("\\", "/"),
    text: readFileSync(`${root}/${path}`, "utf8"),
  }),
);
const breaches = findBreaches(files);
for (const breach of breaches) process.stderr.write(`${breach}\n`);
if (files.length === 0) process.stderr.write("check-imports found no source file.\n");
process.exitCode = breaches.length > 0 || files.length === 0 ? 1 : 0;
