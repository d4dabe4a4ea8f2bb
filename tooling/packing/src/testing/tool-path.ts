import { mkdirSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, join } from "node:path";

const require = createRequire(import.meta.url);

/**
 * The real binaries of the lockfile's runtimes. (What lies in `node_modules/.bin` for Deno is a wrapper that keeps signals
 * from it.)
 */
export const RUNTIMES: Readonly<Record<"node" | "bun" | "deno", string>> = {
  node: process.execPath,
  bun: join(require.resolve("bun/package.json"), "../bin/bun.exe"),
  deno: join(require.resolve("deno/package.json"), "../deno"),
};

/** A PATH on which `node`, `bun` and `deno` are those of the lockfile, made in `folder`; all else is the user's. */
export function toolPath(folder: string): string {
  mkdirSync(folder, { recursive: true });
  for (const [name, binary] of Object.entries(RUNTIMES)) symlinkSync(binary, join(folder, name));
  const own = (process.env.PATH ?? "").split(delimiter).filter((one) => !one.includes("node_modules"));
  return [folder, ...own].join(delimiter);
}

/** The environment of a user's shell: nothing of pnpm, vitest or this repository in it. */
export function userEnvironment(path: string): Record<string, string> {
  const foreign =
    /^(npm_|PNPM_|TESA_|MQTT_|VITEST|VITE_|NODE_ENV$|NODE_OPTIONS$|NODE_PATH$|INIT_CWD$|CA_CERT_PATH$)/i;
  const kept = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !foreign.test(entry[0]),
  );
  // A cache that has a package is asked before the registry is.
  return { ...Object.fromEntries(kept), PATH: path, CI: "1", npm_config_prefer_offline: "true" };
}
