import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root folder. */
export const ROOT: string = fileURLToPath(new URL("../../..", import.meta.url));

/** A package.json, as far as packing and copying look at it. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly exports?: Readonly<Record<string, unknown>>;
  /** Names that hold within the package alone, such as `#mqtt`. */
  readonly imports?: Readonly<Record<string, unknown>>;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly publishConfig?: Readonly<Record<string, unknown>>;
  readonly files?: readonly string[];
  readonly [key: string]: unknown;
}

/** A package of this repository: its absolute folder and its package.json. */
export interface WorkspacePackage {
  readonly name: string;
  readonly folder: string;
  readonly manifest: Manifest;
}

/** All packages of the workspace, by name. */
export function readWorkspace(root: string = ROOT): ReadonlyMap<string, WorkspacePackage> {
  const found = globSync("{packages,apps,tooling}/*/package.json", { cwd: root }).map((path) => {
    const manifest = readManifest(join(root, path));
    return [manifest.name, { name: manifest.name, folder: join(root, dirname(path)), manifest }] as const;
  });
  return new Map(found.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** The packages that are published: those that are not private. */
export function publicPackages(workspace: ReadonlyMap<string, WorkspacePackage>): WorkspacePackage[] {
  return [...workspace.values()].filter(({ manifest }) => manifest.private !== true);
}

/** The packages of the workspace that `manifest` needs when it runs, theirs included, each once. */
export function neededPackages(
  manifest: Manifest,
  workspace: ReadonlyMap<string, WorkspacePackage>,
): WorkspacePackage[] {
  const needed = new Map<string, WorkspacePackage>();
  const visit = ({ dependencies, peerDependencies }: Manifest) => {
    for (const name of Object.keys({ ...peerDependencies, ...dependencies })) {
      const found = workspace.get(name);
      if (found === undefined || needed.has(name)) continue;
      needed.set(name, found);
      visit(found.manifest);
    }
  };
  visit(manifest);
  return [...needed.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

export function readManifest(path: string): Manifest {
  return JSON.parse(readFileSync(path, "utf8"));
}
