import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The app's own folder. */
const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Where the built page is. */
export const DASHBOARD_FOLDER: string = join(ROOT, "dist");

/** What the page is made of: newer than the page, it has to be made anew. */
const SOURCES = ["src", "public", "serve/headers.ts", "index.html", "vite.config.ts", "package.json"];

/** Builds the page with Vite if it is missing or older than its source. Gives whether it did. */
export async function ensureBuilt(): Promise<boolean> {
  if (isBuilt()) return false;
  const { build } = await import("vite");
  const { NODE_ENV } = process.env;
  // Vite goes by it, and a test runner sets it: the page would get the React of developers, and keep it.
  process.env.NODE_ENV = "production";
  try {
    await build({ root: ROOT, configFile: join(ROOT, "vite.config.ts"), logLevel: "warn" });
  } finally {
    if (NODE_ENV === undefined) delete process.env.NODE_ENV;
    else process.env.NODE_ENV = NODE_ENV;
  }
  return true;
}

/** Whether the page is there and up to date. */
export function isBuilt(): boolean {
  const page = join(DASHBOARD_FOLDER, "index.html");
  if (!existsSync(page)) return false;
  return newest(SOURCES.map((name) => join(ROOT, name))) <= statSync(page).mtimeMs;
}

function newest(paths: readonly string[]): number {
  return paths.reduce((time, path) => {
    const status = statSync(path);
    const inner = status.isDirectory() ? newest(readdirSync(path).map((name) => join(path, name))) : 0;
    return Math.max(time, status.mtimeMs, inner);
  }, 0);
}
