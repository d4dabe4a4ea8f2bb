import type { Manifest, WorkspacePackage } from "./workspace.ts";

/** The export condition under which this repository runs its own TypeScript source. */
export const SOURCE_CONDITION = "tesa-source";

export interface PublishedManifestOptions {
  readonly workspace: ReadonlyMap<string, WorkspacePackage>;
  /** URL of the source repository, which a provenance statement must name. @default none */
  readonly repository?: string | undefined;
}

/**
 * The package.json that leaves the repository: no `workspace:` range, no export that leads to source, nothing that
 * only the repository needs.
 */
export function publishedManifest(
  manifest: Manifest,
  { workspace, repository }: PublishedManifestOptions,
): Manifest {
  const {
    devDependencies: _dev,
    scripts: _scripts,
    publishConfig,
    exports,
    files: _files,
    ...kept
  } = manifest;
  const { directory: _directory, linkDirectory: _link, ...publish } = publishConfig ?? {};
  return {
    ...kept,
    ...(repository === undefined ? {} : { repository: { type: "git", url: `git+${repository}.git` } }),
    files: ["**"],
    ...(exports === undefined ? {} : { exports: withoutSource(exports) }),
    ...releasedRanges("dependencies", manifest, workspace),
    ...releasedRanges("peerDependencies", manifest, workspace),
    ...(Object.keys(publish).length > 0 ? { publishConfig: publish } : {}),
  };
}

/** An export with nothing but source is for the tests of this repository, and not published. */
function withoutSource(exports: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const published: Record<string, unknown> = {};
  for (const [path, target] of Object.entries(exports)) {
    if (typeof target !== "object" || target === null) {
      published[path] = target;
      continue;
    }
    const { [SOURCE_CONDITION]: _source, ...rest } = target as Record<string, unknown>;
    if (Object.keys(rest).length > 0) published[path] = rest;
  }
  return published;
}

function releasedRanges(
  key: "dependencies" | "peerDependencies",
  manifest: Manifest,
  workspace: ReadonlyMap<string, WorkspacePackage>,
): Partial<Manifest> {
  const ranges = manifest[key];
  if (ranges === undefined) return {};
  return {
    [key]: Object.fromEntries(
      Object.entries(ranges).map(([name, range]) => [name, releasedRange(name, range, workspace)]),
    ),
  };
}

/** What `workspace:*`, `workspace:^` and `workspace:~` mean outside; `*` is as strict as it is in pnpm: exactly. */
function releasedRange(
  name: string,
  range: string,
  workspace: ReadonlyMap<string, WorkspacePackage>,
): string {
  if (!range.startsWith("workspace:")) return range;
  const version = workspace.get(name)?.manifest.version;
  if (version === undefined)
    throw new Error(`${name} is ${range}, but no package of the workspace has that name.`);
  const wanted = range.slice("workspace:".length);
  if (wanted === "*") return version;
  return wanted === "^" || wanted === "~" ? `${wanted}${version}` : wanted;
}
