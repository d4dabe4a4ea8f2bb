import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { arch, availableParallelism, cpus, loadavg, platform } from "node:os";
import { dirname, join } from "node:path";

/** What figures have to be read with. */
export interface Machine {
  readonly cores: number;
  readonly processor: string;
  readonly platform: string;
  /** Of the last minute, before the bench began: what others were doing meanwhile. */
  readonly load: number;
}

export function describeMachine(): Machine {
  return {
    cores: availableParallelism(),
    processor: cpus()[0]?.model ?? "unknown",
    platform: `${platform()} ${arch()}`,
    load: Math.round((loadavg()[0] ?? 0) * 10) / 10,
  };
}

/** The versions of what takes part. */
export function versionsOf(packages: readonly string[]): Readonly<Record<string, string>> {
  const installed = packages.map((name) => [name, installedVersion(name)]);
  return {
    node: process.versions.node,
    sqlite: process.versions.sqlite ?? "",
    ...Object.fromEntries(installed),
  };
}

/** Not every package exports its package.json: it is looked for above its entry. */
function installedVersion(name: string): string {
  const entry = createRequire(import.meta.url).resolve(name);
  for (let folder = dirname(entry); folder !== dirname(folder); folder = dirname(folder)) {
    const manifest = readManifest(join(folder, "package.json"));
    if (manifest?.name === name) return manifest.version ?? "";
  }
  throw new Error(`The package ${name} has no package.json.`);
}

function readManifest(path: string): { readonly name?: string; readonly version?: string } | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    // There is none in this folder.
    return undefined;
  }
}
