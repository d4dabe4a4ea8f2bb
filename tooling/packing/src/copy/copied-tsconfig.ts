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

/** A `tsconfig*.json` that stands alone: what it extends is written out, references to other folders are gone. */
export function copiedTsconfig(path: string): string {
  const { extends: _, compilerOptions = {}, references = [], ...rest } = resolved(path);
  const folder = dirname(path);
  const inside = references.filter((one) => resolve(folder, one.path).startsWith(`${folder}/`));
  const options = Object.entries(compilerOptions).filter(([name]) => !REPOSITORY_ONLY.has(name));
  const flat = {
    compilerOptions: Object.fromEntries(options),
    ...rest,
    ...(inside.length > 0 ? { references: inside } : {}),
  };
  return `${JSON.stringify(flat, undefined, 2)}\n`;
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
