/**
 * `pnpm copy-app <app> <folder>`: makes a project of its own out of an app. Exits with 0 for `--help`, 64 for wrong usage
 * and 78 for a folder that cannot be used.
 */
import { relative } from "node:path";
import { findApps } from "./apps.ts";
import { CopyError, checkTarget, findApp } from "./check-target.ts";
import { copyApp } from "./copy-app.ts";

const USAGE = 64;

const [name, target, ...rest] = process.argv.slice(2).filter((argument) => argument !== "--");
// pnpm runs scripts in the repository's root; a relative folder is meant from where the user is.
const cwd = process.env.INIT_CWD ?? process.cwd();

if (name === "--help" || name === "-h") process.stdout.write(usage());
else if (name === undefined || target === undefined || rest.length > 0 || name.startsWith("-")) {
  process.stderr.write(usage());
  process.exitCode = USAGE;
} else {
  try {
    const app = findApp(name);
    const path = checkTarget(target, { cwd });
    await copyApp(app, path);
    process.stderr.write(`${message(app, path)}\n`);
  } catch (error) {
    if (!(error instanceof CopyError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = error.exitCode;
  }
}

function usage(): string {
  const names = findApps()
    .map((app) => app.name)
    .join(", ");
  return `Usage: copy-app <app> <folder>, such as: copy-app node-cli ../my-stream
Makes a project of its own out of an app, in a folder that is not there yet or is empty.
The apps are: ${names}.
`;
}

function message({ name: app, copy, output }: ReturnType<typeof findApp>, path: string): string {
  const steps = [
    `cd ${shorter(relative(cwd, path), path)}`,
    ...(copy?.install === undefined ? [] : [copy.install]),
    `cp .env.example .env    # and ${output === "page" ? "change what you want" : "put your token in"}`,
    ...(copy?.prepare ?? []),
    ...(copy === undefined ? [] : [copy.next ?? copy.start]),
  ];
  return `${app} is in ${path}. Next:\n\n${steps.map((step) => `  ${step}`).join("\n")}\n\nIts README.md says more.`;
}

function shorter(a: string, b: string): string {
  return a.length < b.length ? a : b;
}
