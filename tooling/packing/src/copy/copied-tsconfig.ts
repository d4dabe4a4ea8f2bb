import { readFileSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { parse } from "jsonc-parser";
import { CopyError } from "./check-target.ts";

interface Tsconfig {
  readonly extends?: string;
  readonly compilerOptions?: Readonly<Record<string, unknown>>;
  readonly references?: readonly { readonly path: string }[];
  readonly [key: string]: unknown;
}

/** What only makes sense among the projects of the repository. */
const REPOSITORY_ONLY = new Set(["customConditions", "composite", "tsBuildInfoFile", "isolatedDeclarations"]);

/**
 * A `tsconfig*.json` that stands alone: what it extends is written out, references are gone, but for those of a
 * `tsconfig.json` that has nothing else, to the projects beside it.
 */
export function copiedTsconfig(path: string): string {
  const { extends: _, compilerOptions = {}, references: __, ...rest } = resolved(path);
  const inside = copiedProjects(path).map((project) => ({ path: `./${project}` }));
  const options = Object.entries(compilerOptions).filter(([name]) => !REPOSITORY_ONLY.has(name));
  const flat = {
    compilerOptions: Object.fromEntries(options),
    ...rest,
    ...(inside.length > 0 ? { references: inside } : {}),
  };
  return `${JSON.stringify(flat, undefined, 2)}\n`;
}

/** The projects that a `tsconfig.json` is made of; none where it is one itself. */
export function copiedProjects(path: string): string[] {
  const { files, references = [] } = parseJsonWithComments(path) as Tsconfig;
  if (!Array.isArray(files) || files.length > 0) return [];
  const folder = dirname(path);
  return references
    .map((one) => resolve(folder, one.path))
    .filter((project) => project.startsWith(`${folder}/`))
    .map((project) => project.slice(folder.length + 1));
}

function resolved(path: string): Tsconfig {
  const own = parseJsonWithComments(path) as Tsconfig;
  // A package that is extended (such as @tsconfig/strictest) is a dependency and stays.
  if (own.extends === undefined || !own.extends.startsWith(".")) return own;
  const base = resolved(resolve(dirname(path), own.extends));
  return { ...base, ...own, compilerOptions: { ...base.compilerOptions, ...own.compilerOptions } };
}

export function parseJsonWithComments(path: string): unknown {
  const errors: { readonly offset: number }[] = [];
  const value = parse(readFileSync(path, "utf8"), errors as never, { allowTrailingComma: true });
  if (errors.length > 0)
    throw new CopyError(`${basename(path)} is not JSON, at character ${errors[0]?.offset}.`);
  return value;
}
