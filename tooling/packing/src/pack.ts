import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { stagePackage } from "./stage.ts";
import type { WorkspacePackage } from "./workspace.ts";

const run = promisify(execFile);

export interface PackOptions {
  readonly workspace: ReadonlyMap<string, WorkspacePackage>;
  /** Folder for the tarballs; made if it is missing. */
  readonly destination: string;
}

/**
 * Packs packages as they are published, with `npm pack`, and gives the tarballs' file names by package name.
 * Their packages must have been built.
 */
export async function packPackages(
  packages: readonly WorkspacePackage[],
  { workspace, destination }: PackOptions,
): Promise<ReadonlyMap<string, string>> {
  mkdirSync(destination, { recursive: true });
  const staging = mkdtempSync(join(tmpdir(), "tesa-packing-"));
  try {
    const folders = packages.map((one, index) => {
      const target = join(staging, String(index));
      stagePackage(one, target, { workspace });
      return target;
    });
    if (folders.length === 0) return new Map();
    // Windows finds npm.cmd through a shell only; no argument here has anything that a shell would take apart.
    const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", destination, ...folders], {
      shell: process.platform === "win32",
      maxBuffer: 64 * 1024 * 1024,
    });
    const packed = JSON.parse(stdout) as readonly { readonly name: string; readonly filename: string }[];
    return new Map(packed.map(({ name, filename }) => [name, filename.replace("@", "").replace("/", "-")]));
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

/** Compiles packages, and what they build on, where that is not up to date. */
export async function buildPackages(packages: readonly WorkspacePackage[]): Promise<void> {
  // Without a folder, tsc builds whatever is in the current one.
  if (packages.length === 0) return;
  const tsc = join(createRequire(import.meta.url).resolve("typescript/package.json"), "../bin/tsc");
  await run(process.execPath, [tsc, "-b", ...packages.map(({ folder }) => folder)]).catch(
    (cause: unknown) => {
      const output = (cause as { readonly stdout?: string }).stdout ?? "";
      throw new Error(`The packages do not compile:\n${output}`, { cause });
    },
  );
}
