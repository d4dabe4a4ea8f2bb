import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Manifest, RuntimeName } from "./manifest.ts";

/** Whether what an app runs on is here, and in which version. */
export type Runtime =
  | { readonly type: "present"; readonly version: string }
  | { readonly type: "missing"; readonly reason: string };

const run = promisify(execFile);
const require = createRequire(import.meta.url);

/** The root of the workspace. */
export const ROOT: string = join(import.meta.dirname, "../../../..");
const BIN = join(ROOT, "node_modules/.bin");

/** Asks the programs themselves. Those that come with the lockfile are always there. */
const PROBES: Readonly<Record<RuntimeName, (folder: string) => Promise<string>>> = {
  node: async () => `node ${process.versions.node}`,
  bun: async () => `bun ${await firstLine(join(BIN, "bun"), "--version")}`,
  deno: () => firstLine(join(ROOT, "node_modules/deno/deno"), "--version"),
  edge: async (folder) => `workerd ${packageVersion("workerd", folder)}`,
  python: async () => {
    const program = process.env.PYTHON ?? "python3";
    const version = (await firstLine(program, "--version")).replace("Python", "python");
    const [major = 0, minor = 0] = version.match(/\d+/g)?.map(Number) ?? [];
    if (major * 100 + minor < 311) throw new Error(`${version} is older than 3.11`);
    return version;
  },
  rust: () => firstLine("rustc", "--version"),
  c: () => firstLine("cc", "--version"),
  "node-red": async (folder) => `node-red ${packageVersion("node-red", folder)}`,
};

/** Looks for what an app runs on. Its own check (`check` in `conformance.json`) has the last word. */
export async function findRuntime({ requires, folder, check }: Manifest): Promise<Runtime> {
  try {
    const version = await PROBES[requires](folder);
    if (check !== undefined) {
      const [program = "", ...args] = check;
      await run(program, args, { cwd: folder });
    }
    return { type: "present", version };
  } catch (error) {
    return { type: "missing", reason: reasonOf(error) };
  }
}

/** Whether a run has been told, by `TESA_REQUIRE`, that this must be there: a skip is then a failure. */
export function isRequired(
  requires: RuntimeName,
  required: string = process.env.TESA_REQUIRE ?? "",
): boolean {
  return required.split(",").some((word) => word.trim() === requires);
}

async function firstLine(program: string, ...args: string[]): Promise<string> {
  const { stdout } = await run(program, args);
  return stdout.trim().split("\n")[0] ?? "";
}

/** That of a package as the app in this folder, or a tool that it uses, resolves it. */
function packageVersion(name: string, folder: string): string {
  const paths = [folder, ...["miniflare", "wrangler"].flatMap((via) => resolvable(via, folder))];
  return require(require.resolve(`${name}/package.json`, { paths })).version;
}

function resolvable(name: string, folder: string): string[] {
  try {
    return [require.resolve(`${name}/package.json`, { paths: [folder] })];
  } catch {
    return [];
  }
}

function reasonOf(error: unknown): string {
  const { code, stdout, message, path } = error as NodeJS.ErrnoException & { stdout?: string };
  if (code === "ENOENT") return `${path} is not installed`;
  const said = stdout?.trim().split("\n").at(-1);
  return said === undefined || said === "" ? (message.split("\n")[0] ?? "") : said;
}
