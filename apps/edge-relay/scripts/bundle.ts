import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";

/** Where package.json and wrangler.jsonc are. */
export const appFolder: string = fileURLToPath(new URL("..", import.meta.url));

/** The conditions that this Node was given; they hold for the bundle too. */
function ownConditions(): readonly string[] {
  return process.execArgv.flatMap((argument) => /^--conditions=(.+)$/.exec(argument)?.[1] ?? []);
}

/** The environment in which wrangler asks nobody on the network, and says nothing to anybody. */
export function wranglerEnvironment(conditions: readonly string[] = ownConditions()): NodeJS.ProcessEnv {
  return {
    ...process.env,
    CI: "1",
    CLOUDFLARE_CF_FETCH_ENABLED: "false",
    WRANGLER_SEND_METRICS: "false",
    WRANGLER_BUILD_CONDITIONS: [...conditions, "workerd", "worker", "browser"].join(","),
  };
}

/** The program of wrangler, for Node. */
export function wranglerPath(): string {
  return join(dirname(createRequire(import.meta.url).resolve("wrangler/package.json")), "bin/wrangler.js");
}

/** What to be different from what is deployed. */
export interface BundleOptions {
  /** Relative to the app's folder. @default what wrangler.jsonc says */
  readonly entry?: string | undefined;
  /** Conditions of exports. @default those that Node was started with */
  readonly conditions?: readonly string[];
}

/** Makes the Worker's one file, as `wrangler deploy` would upload it; gives its path. */
export async function bundle(outFolder: string, { entry, conditions }: BundleOptions = {}): Promise<string> {
  const bundling = promisify(execFile)(
    process.execPath,
    [wranglerPath(), "deploy", ...(entry === undefined ? [] : [entry]), "--dry-run", "--outdir", outFolder],
    { cwd: appFolder, env: wranglerEnvironment(conditions) },
  );
  const end = () => bundling.child.kill();
  // It would go on without the process that waits for it.
  process.once("exit", end);
  await bundling.finally(() => process.off("exit", end));
  return join(outFolder, `${(entry ?? "index.ts").replace(/^.*\//, "").replace(/\.ts$/, "")}.js`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href)
  await bundle(join(appFolder, "dist-worker"));
