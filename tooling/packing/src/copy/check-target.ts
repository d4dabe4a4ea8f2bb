import { existsSync, readdirSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative, resolve } from "node:path";
import { ROOT } from "../workspace.ts";
import { type App, findApps } from "./apps.ts";

/** What was asked for cannot be done; the message says why and what to do. */
export class CopyError extends Error {
  override readonly name = "CopyError";
  /** 64, wrong usage, for an app that there is not; 78 for a folder or a file that cannot be used. */
  readonly exitCode: 64 | 78;

  constructor(message: string, options: ErrorOptions & { readonly exitCode?: 64 } = {}) {
    super(message, options);
    this.exitCode = options.exitCode ?? 78;
  }
}

/**
 * The app of that name.
 *
 * @throws CopyError with the names there are
 */
export function findApp(name: string, root: string = ROOT): App {
  const apps = findApps(root);
  const app = apps.find((one) => one.name === name);
  if (app !== undefined) return app;
  const names = apps.map((one) => one.name).join(", ");
  throw new CopyError(`There is no app "${name}". The apps are: ${names}.`, { exitCode: 64 });
}

/**
 * Makes sure that a copy may go to `target`, which is looked at from `cwd`, and gives its absolute path.
 *
 * @throws CopyError if it is a file, not empty, or inside the repository
 */
export function checkTarget(target: string, { cwd, root = ROOT }: { cwd: string; root?: string }): string {
  const path = resolve(cwd, target);
  const isInside = relative(realpathSync(root), realPath(path));
  if (isInside === "" || !(isInside.startsWith("..") || isAbsolute(isInside))) {
    throw new CopyError(
      `${path} is inside this repository; a copy stands alone. Name a folder outside of it, such as ${join(dirname(root), basename(path) === basename(root) ? "my-app" : basename(path))}.`,
    );
  }
  if (!existsSync(path)) return path;
  if (!statSync(path).isDirectory())
    throw new CopyError(`${path} is a file. Name a folder that is not there yet.`);
  if (readdirSync(path).length > 0) {
    throw new CopyError(`${path} exists and is not empty. Name another folder, or empty it first.`);
  }
  return path;
}

/** Follows the links of what exists of a path: a link may lead into the repository. */
function realPath(path: string): string {
  if (existsSync(path)) return realpathSync(path);
  const parent = dirname(path);
  return parent === path ? path : join(realPath(parent), basename(path));
}
