import { SOURCE_CONDITION } from "../published-manifest.ts";
import type { Manifest, WorkspacePackage } from "../workspace.ts";

export interface CopiedManifestOptions {
  /** The copy's name. */
  readonly name: string;
  readonly workspace: ReadonlyMap<string, WorkspacePackage>;
  /** The tarball under `vendor/` of every package of this repository that the app needs, theirs included. */
  readonly vendored: ReadonlyMap<string, string>;
  /** The repository's own package.json: versions of the compiler and of Node's types. */
  readonly root: Manifest;
  readonly hasTypeScript: boolean;
  /** What `tsconfig.json` refers to, where it is no project itself. */
  readonly projects: readonly string[];
  /** Tells whether the copy has a file. */
  readonly hasFile: (path: string) => boolean;
  /** Tells whether the app's own files, or its scripts, use a package. */
  readonly isUsed: (name: string) => boolean;
}

/** The package.json of a copy: nothing in it leads back into the repository, or to a registry for what is vendored. */
export function copiedManifest(manifest: Manifest, options: CopiedManifestOptions): Manifest {
  const {
    version,
    description,
    license,
    dependencies,
    devDependencies,
    scripts,
    exports: _,
    ...kept
  } = manifest;
  const vendored = Object.fromEntries(
    [...options.vendored].map(([name, file]) => [name, vendorSpecifier(file)]),
  );
  const own = (ranges: Readonly<Record<string, string>> = {}) =>
    Object.entries(ranges).filter(([name]) => !options.workspace.has(name));
  return {
    ...kept,
    name: options.name,
    version,
    private: true,
    description,
    license,
    ...(scripts === undefined ? {} : { scripts: copiedScripts(scripts, options) }),
    dependencies: sorted([...own(dependencies), ...Object.entries(vendored)]),
    devDependencies: sorted([
      ...own(devDependencies).filter(([name]) => isNeeded(name, dependencies ?? {}, options)),
      ...(options.hasTypeScript ? compilerOf(options.root) : []),
    ]),
    // npm and Bun read this, pnpm its own file: a package inside another one is the vendored one, too.
    ...(options.vendored.size > 0 ? { overrides: vendored } : {}),
  };
}

export function vendorSpecifier(file: string): string {
  return `file:./vendor/${file}`;
}

/** Text without the switch that runs the repository's packages from source. */
export function withoutSourceCondition(text: string): string {
  return text.replaceAll(new RegExp(`--conditions[= ]${SOURCE_CONDITION} (?:-- )?`, "g"), "");
}

/** Those that run a file which stays behind have no place in a copy. */
function copiedScripts(
  scripts: Readonly<Record<string, string>>,
  { hasFile, hasTypeScript, projects }: CopiedManifestOptions,
): Record<string, string> {
  const { test: _, ...kept } = scripts;
  const entries = Object.entries(kept)
    .filter(([, script]) => (script.match(/(?<![\w/.-])[\w/.-]+\.[jt]s\b/g) ?? []).every(hasFile))
    .map(([name, script]) => [name, withoutSourceCondition(script)]);
  const checks = projects.map((project) => `tsc --noEmit -p ${project}`);
  if (hasTypeScript) entries.push(["typecheck", checks.join(" && ") || "tsc --noEmit"]);
  return Object.fromEntries(entries);
}

/** A development dependency goes along if something in the copy uses it; types, if it has what they are of. */
function isNeeded(
  name: string,
  dependencies: Readonly<Record<string, string>>,
  { isUsed }: CopiedManifestOptions,
): boolean {
  if (!name.startsWith("@types/")) return isUsed(name);
  const typed = name.slice("@types/".length);
  return typed in dependencies || isUsed(typed);
}

function compilerOf({ devDependencies = {} }: Manifest): [string, string][] {
  return Object.entries(devDependencies).filter(([name]) => name === "typescript" || name === "@types/node");
}

function sorted(entries: readonly (readonly [string, string])[]): Record<string, string> {
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
