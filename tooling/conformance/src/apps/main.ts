/** `pnpm conformance`: runs the black-box suite on the apps, prints what came of it and writes docs/conformance.md. */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { countsOf, toMarkdown, toSummary } from "./matrix.ts";
import { RESULTS_VARIABLE, readResults } from "./results.ts";
import { ROOT } from "./runtimes.ts";

const HELP = `Usage: pnpm conformance [options] [app ...]

Runs the black-box suite on the apps, all of them if none is named, one after the other. Without names it writes the
matrix to docs/conformance.md.

  --json      the counts of each app as JSON on standard output; everything else goes to standard error
  --help      this text
`;
const WRONG_USAGE = 64;

const APPS = join(ROOT, "apps");
const VITEST = join(ROOT, "node_modules/vitest/vitest.mjs");

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const given = readArguments(args);
  if (typeof given === "string") {
    process.stderr.write(given);
    return WRONG_USAGE;
  }
  if (given.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const folder = mkdtempSync(join(tmpdir(), "tesa-conformance-"));
  try {
    const codes: number[] = [];
    for (const app of given.apps) codes.push(await runSuite(app, folder));
    const results = readResults(folder);
    if (given.isWhole) writeFileSync(join(ROOT, "docs/conformance.md"), toMarkdown(results));
    process.stdout.write(
      given.json ? `${JSON.stringify({ clients: results.map(countsOf) })}\n` : `\n${toSummary(results)}\n`,
    );
    return codes.every((code) => code === 0) && results.length === given.apps.length ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Arguments {
  readonly apps: readonly string[];
  readonly isWhole: boolean;
  readonly json: boolean;
  readonly help: boolean;
}

/** Gives what is wrong as a text. */
function readArguments(args: readonly string[]): Arguments | string {
  const all = readdirSync(APPS).filter((app) => existsSync(join(APPS, app, "conformance.json")));
  const options = { json: { type: "boolean" }, help: { type: "boolean" } } as const;
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    const unknown = positionals.filter((app) => !all.includes(app));
    if (unknown.length > 0)
      return `There is no app ${unknown.join(", ")} in the suite. There are: ${all.join(", ")}.\n`;
    const isWhole = positionals.length === 0;
    const { json = false, help = false } = values;
    return { apps: isWhole ? all : positionals, isWhole, json, help };
  } catch (error) {
    return `${error instanceof Error ? error.message : error}\n\n${HELP}`;
  }
}

/** The same test file as `turbo test` runs. */
function runSuite(app: string, results: string): Promise<number> {
  const child = spawn(process.execPath, [VITEST, "run", "conformance.test.ts"], {
    cwd: join(APPS, app),
    env: { ...process.env, [RESULTS_VARIABLE]: results },
    // Standard output is for the result.
    stdio: ["ignore", process.stderr, process.stderr],
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve(code ?? 1));
  });
}
