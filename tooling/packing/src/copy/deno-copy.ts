import { globSync, readFileSync, writeFileSync } from "node:fs";
import { join, posix } from "node:path";
import { stagePackage } from "../stage.ts";
import type { Manifest, WorkspacePackage } from "../workspace.ts";
import { withoutSourceCondition } from "./copied-manifest.ts";

interface DenoConfig {
  readonly imports?: Readonly<Record<string, string>>;
  readonly tasks?: Readonly<Record<string, unknown>>;
  readonly [key: string]: unknown;
}

/**
 * Lays packages out under `vendor/` for Deno, which installs no tarballs: unpacked, each module with a hint at its
 * declarations, to be found by the import map alone. So Deno never asks a registry for them.
 */
export function vendorForDeno(
  packages: readonly WorkspacePackage[],
  { target, workspace }: { target: string; workspace: ReadonlyMap<string, WorkspacePackage> },
): void {
  for (const one of packages) {
    const folder = join(target, denoFolder(one.name));
    stagePackage(one, folder, { workspace });
    for (const file of globSync("dist/**/*.js", { cwd: folder })) {
      const path = join(folder, file);
      const declarations = `./${posix.basename(file.replaceAll("\\", "/"), ".js")}.d.ts`;
      writeFileSync(path, `// @ts-self-types="${declarations}"\n${readFileSync(path, "utf8")}`);
    }
  }
}

/** Where a copy for Deno has a package. */
export function denoFolder(name: string): string {
  return `vendor/${name.slice(name.indexOf("/") + 1)}`;
}

/** The `deno.json` of a copy: its import map has the vendored packages and all that they, and the app, import. */
export function denoConfig(
  config: DenoConfig,
  { manifest, packages }: { manifest: Manifest | undefined; packages: readonly WorkspacePackage[] },
): DenoConfig {
  const vendored = new Set(packages.map(({ name }) => name));
  const imports: Record<string, string> = {};
  for (const one of [...packages.map((each) => each.manifest), ...(manifest ? [manifest] : [])]) {
    for (const [name, range] of Object.entries(one.dependencies ?? {})) {
      if (!vendored.has(name)) imports[name] = `npm:${name}@${range}`;
    }
  }
  for (const [name, path] of Object.entries(config.imports ?? {})) {
    if (!path.startsWith("../") && !vendored.has(packageOf(name))) imports[name] = path;
  }
  const scopes: Record<string, Record<string, string>> = {};
  for (const { name, manifest: one } of packages) {
    const folder = `./${denoFolder(name)}`;
    for (const [path, conditions] of Object.entries(one.exports ?? {})) {
      const file = moduleFor(conditions);
      if (file !== undefined) imports[posix.join(name, path)] = `./${posix.join(folder, file)}`;
    }
    const own = Object.entries(one.imports ?? {}).flatMap(([path, conditions]) => {
      const target = moduleFor(conditions);
      if (target === undefined) return [];
      return [
        [path, target.startsWith("./") ? `./${posix.join(folder, target)}` : (imports[target] ?? target)],
      ];
    });
    if (own.length > 0) scopes[`${folder}/`] = Object.fromEntries(own);
  }
  const { tasks, links: _links, ...kept } = config;
  const copied = JSON.parse(withoutSourceCondition(JSON.stringify(tasks ?? {}))) as Record<string, unknown>;
  return {
    ...kept,
    ...(tasks === undefined ? {} : { tasks: withoutTests(copied) }),
    imports: Object.fromEntries(Object.entries(imports).toSorted(([a], [b]) => (a < b ? -1 : 1))),
    // What a package calls by a name of its own (`#mqtt`) has that name within it alone.
    ...(Object.keys(scopes).length > 0 ? { scopes } : {}),
  };
}

function withoutTests({ test: _, ...tasks }: Record<string, unknown>): Record<string, unknown> {
  return tasks;
}

/** The file that Deno takes of an export: that of its own condition, or else Node's, or the default. */
function moduleFor(conditions: unknown): string | undefined {
  if (typeof conditions === "string") return conditions;
  const choice = (conditions ?? {}) as Readonly<Record<string, unknown>>;
  for (const name of ["deno", "node", "import", "default"]) {
    if (name in choice) return moduleFor(choice[name]);
  }
  return undefined;
}

function packageOf(specifier: string): string {
  return specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
}
