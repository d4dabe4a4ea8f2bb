import { cpSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type PublishedManifestOptions, publishedManifest } from "./published-manifest.ts";
import { ROOT, readManifest, type WorkspacePackage } from "./workspace.ts";

export interface StageOptions extends PublishedManifestOptions {
  /** The repository's root, where the licence is. @default this repository */
  readonly root?: string;
}

/**
 * Lays a built package out in `target` exactly as it is published: JavaScript and declarations, README, licence and the
 * published package.json. Whatever was in `target` is removed.
 *
 * @throws if the package has not been built
 */
export function stagePackage(
  { name, folder, manifest }: WorkspacePackage,
  target: string,
  { root = ROOT, ...options }: StageOptions,
): void {
  const files = builtFiles(folder);
  if (files.length === 0) throw new Error(`${name} has not been built: run \`tsc -b\` in ${folder}.`);
  rmSync(target, { recursive: true, force: true });
  for (const file of files) {
    mkdirSync(dirname(join(target, file)), { recursive: true });
    writeFileSync(join(target, file), shippedText(file, readFileSync(join(folder, file), "utf8")));
  }
  for (const file of shippedAsIs(folder)) cpSync(join(folder, file), join(target, file), { recursive: true });
  if (existsSync(join(folder, "README.md"))) cpSync(join(folder, "README.md"), join(target, "README.md"));
  cpSync(join(root, "LICENSE"), join(target, "LICENSE"));
  const published = publishedManifest(manifest, options);
  writeFileSync(join(target, "package.json"), `${JSON.stringify(published, undefined, 2)}\n`);
}

/**
 * What the compiler made of a source that is still there: `dist` keeps the output of files that were renamed or removed.
 * Tests are left out, and so is what `files` in package.json takes out.
 */
function builtFiles(folder: string): string[] {
  const { files = [] } = readManifest(join(folder, "package.json"));
  const excluded = files.filter((file) => file.startsWith("!")).map((file) => `${file.slice(1)}/`);
  return globSync("dist/**/*.{js,d.ts}", { cwd: folder })
    .map((file) => file.replaceAll("\\", "/"))
    .filter((file) => !excluded.some((prefix) => file.startsWith(prefix)))
    .filter((file) => {
      const stem = file.slice("dist/".length).replace(/\.(js|d\.ts)$/, "");
      if (stem.endsWith(".test")) return false;
      return ["src/", ""].some((prefix) => existsSync(join(folder, `${prefix}${stem}.ts`)));
    })
    .toSorted();
}

/** What `files` in package.json names beside `dist`: nothing in there is compiled. */
function shippedAsIs(folder: string): string[] {
  const { files = [] } = readManifest(join(folder, "package.json"));
  return files.filter((file) => file !== "dist" && !file.startsWith("!"));
}

/** Declarations that stand alone; and no hint at source maps, which would lead to source that is not shipped. */
function shippedText(file: string, text: string): string {
  const withoutMap = text.replace(/\n\/\/# sourceMappingURL=.*\s*$/, "\n");
  return file.endsWith(".d.ts") ? withDisposable(importJavaScript(withoutMap)) : withoutMap;
}

/** Compilers know `Disposable` and `AsyncDisposable` only where they are told to. */
function withDisposable(declarations: string): string {
  const isUsed = /\b(?:Async)?Disposable\b/.test(declarations);
  return isUsed ? `/// <reference lib="esnext.disposable" />\n${declarations}` : declarations;
}

/**
 * `rewriteRelativeImportExtensions` rewrites the imports of JavaScript, not those of declarations. TypeScript forgives
 * that, and Deno does in `node_modules`; elsewhere Deno looks for the `.ts` file and does not find it.
 */
export function importJavaScript(declarations: string): string {
  return declarations.replace(
    /(\bfrom\s*|\bimport\s*\(\s*|\bimport\s+)(["'])(\.{1,2}\/[^"'\n]+?)(?<!\.d)\.ts\2/g,
    "$1$2$3.js$2",
  );
}
