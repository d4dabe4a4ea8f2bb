/** Closes several test runs, whose output is in the files named, with one summary line over all of them. */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { addUpRuns } from "./run-total.ts";

const runs = process.argv
  .slice(2)
  .map((file) => ({ name: basename(file), text: readFileSync(file, "utf8") }));
const { lines, exitCode } = addUpRuns(runs);
process.stdout.write(`${lines.join("\n")}\n`);
process.exitCode = exitCode;
