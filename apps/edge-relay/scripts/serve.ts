import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Miniflare } from "miniflare";

/** How to run a bundled Worker in workerd on this machine. */
export interface ServeOptions {
  /** The file that `bundle()` made. */
  readonly script: string;
  /** Vars and secrets. */
  readonly bindings: Readonly<Record<string, string>>;
  /** @default 127.0.0.1 */
  readonly host?: string;
  /** @default a free one */
  readonly port?: number;
  /** Where the storage of the Durable Objects is kept. @default nowhere */
  readonly storage?: string;
  /** The built dashboard. @default what wrangler.jsonc says */
  readonly dashboard?: string | undefined;
  /** PEM file of a CA to trust besides the system's. */
  readonly caCertPath?: string | undefined;
  /** What the Worker and workerd say. @default to standard error */
  readonly onLog?: (line: string) => void;
}

/** A Worker that runs here. */
export interface Served {
  readonly url: URL;
  readonly miniflare: Miniflare;
}

/** Runs it with the flags, the files and the Durable Objects of wrangler.jsonc. */
export async function serve(options: ServeOptions): Promise<Served> {
  const { bindings, caCertPath, dashboard, host = "127.0.0.1", port = 0, script, storage } = options;
  const { onLog = (line) => process.stderr.write(`${line}\n`) } = options;
  // Miniflare reads it when it is loaded, for the workerd that it starts.
  if (caCertPath !== undefined) process.env.NODE_EXTRA_CA_CERTS = caCertPath;
  const { convertV4MiniflareOptions, Miniflare } = await import("miniflare");
  const { unstable_getMiniflareWorkerOptions, unstable_readConfig } = await import("wrangler");
  const config = unstable_readConfig({
    config: fileURLToPath(new URL("../wrangler.jsonc", import.meta.url)),
  });
  if (config.assets !== undefined && dashboard !== undefined) config.assets.directory = dashboard;
  // With _headers read as on Cloudflare.
  const { workerOptions } = unstable_getMiniflareWorkerOptions(config);
  const bound: readonly { readonly name: string; readonly class_name: string }[] =
    config.durable_objects.bindings;
  const classes = bound.map(({ name, class_name: className }) => [name, { className, useSQLite: true }]);
  const options4 = convertV4MiniflareOptions({
    host,
    port,
    cf: false,
    handleStructuredLogs: ({ message }) => onLog(message),
    modules: [{ type: "ESModule", path: "index.js", contents: readFileSync(script, "utf8") }],
    compatibilityDate: config.compatibility_date ?? "",
    compatibilityFlags: config.compatibility_flags,
    durableObjects: Object.fromEntries(classes),
    bindings: { ...config.vars, ...bindings },
    ...(workerOptions.assets ? { assets: workerOptions.assets as { directory: string } } : {}),
    ...(storage === undefined ? {} : { resourcePersistencePath: storage }),
  });
  const miniflare = new Miniflare(options4);
  return { url: await miniflare.ready, miniflare };
}
