import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { extract } from "tar";
import { buildPackages, packPackages } from "../pack.ts";
import { publicPackages, ROOT, readManifest, readWorkspace, type WorkspacePackage } from "../workspace.ts";

/** A project that has installed the packages from their tarballs; it is removed when it is disposed of. */
export interface Installed extends Disposable {
  readonly folder: string;
  readonly packages: readonly WorkspacePackage[];
  /** Absolute path of each package's tarball, by its name. */
  readonly tarballs: ReadonlyMap<string, string>;
}

/**
 * Packs all packages that are published and unpacks them into a project's `node_modules`, without a registry: what
 * they depend on is linked from this repository. (The tests of copied apps install from a registry.)
 */
export async function installPacked(): Promise<Installed> {
  const folder = mkdtempSync(join(tmpdir(), "tesa-installed-"));
  const workspace = readWorkspace();
  const packages = publicPackages(workspace);
  await buildPackages(packages);
  const destination = join(folder, "tarballs");
  const names = await packPackages(packages, { workspace, destination });
  const tarballs = new Map([...names].map(([name, file]) => [name, join(destination, file)]));
  for (const one of packages) {
    const target = join(folder, "node_modules", one.name);
    mkdirSync(target, { recursive: true });
    await extract({ file: tarballs.get(one.name) ?? "", cwd: target, strip: 1 });
    linkDependencies(one, folder, workspace);
  }
  // Node's types are the consumer's own matter.
  mkdirSync(join(folder, "node_modules/@types"), { recursive: true });
  symlinkSync(join(ROOT, "node_modules/@types/node"), join(folder, "node_modules/@types/node"));
  const dependencies = Object.fromEntries(packages.map(({ name, manifest }) => [name, manifest.version]));
  const manifest = { name: "consumer", private: true, type: "module", dependencies };
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
  return {
    folder,
    packages,
    tarballs,
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Links the dependencies of a package, and their types, which `node_modules` of the workspace has beside it. */
function linkDependencies(
  { folder, manifest }: WorkspacePackage,
  project: string,
  workspace: ReadonlyMap<string, WorkspacePackage>,
): void {
  for (const name of Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })) {
    const target = join(project, "node_modules", name);
    if (workspace.has(name) || existsSync(target)) continue;
    const source = [folder, ROOT]
      .map((from) => join(from, "node_modules", name))
      .find((path) => existsSync(path));
    if (source === undefined) throw new Error(`${name} is not installed in this repository.`);
    mkdirSync(join(target, ".."), { recursive: true });
    symlinkSync(source, target);
  }
}

/** The specifiers under which an installed package can be imported. */
export function entryPoints(name: string, project: string): string[] {
  const { exports = {} } = readManifest(join(project, "node_modules", name, "package.json"));
  return Object.keys(exports).map((entry) => (entry === "." ? name : `${name}/${entry.slice(2)}`));
}
