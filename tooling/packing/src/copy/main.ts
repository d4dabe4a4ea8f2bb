/**
 * `pnpm copy-app <app> <folder>`: makes a project of its own out of an app. Exits with 0 for `--help`, 64 for wrong usage
 * and 78 for a folder that cannot be used.
 */
import { existsSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
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
  const lines = steps.map((step) => `  ${step}`).join("\n");
  return `${app} is in ${path}. Next:\n\n${lines}\n\n${neededNode(path)}Its README.md says more.`;
}

/** Which Node the copy needs: the one that runs this was brought by pnpm, and is not the user's own. */
function neededNode(path: string): string {
  const manifest = join(path, "package.json");
  if (!existsSync(manifest)) return "";
  const { engines } = JSON.parse(readFileSync(manifest, "utf8")) as {
    readonly engines?: { readonly node?: string };
  };
  const version = /^>=(\d+)/.exec(engines?.node ?? "")?.[1];
  return version === undefined ? "" : `It needs Node ${version} or newer. `;
}

function shorter(a: string, b: string): string {
  return a.length < b.length ? a : b;
}
