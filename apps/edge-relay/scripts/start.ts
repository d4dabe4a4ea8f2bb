/**
 * Runs the bundled Worker in workerd on this machine, with the settings of the environment: what the conformance suite
 * starts. Production is Cloudflare's; to develop, take `dev`.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { appFolder, bundle } from "./bundle.ts";
import { onRunnerGone } from "./runner.ts";
import { serve } from "./serve.ts";

if (process.env.NODE_DEBUG || process.env.NODE_DEBUG_NATIVE) {
  process.stderr.write(
    "NODE_DEBUG and NODE_DEBUG_NATIVE would print your token. Unset them, and start again.\n",
  );
  process.exit(64);
}

// Beside the app; what the environment says wins.
const envFile = join(appFolder, ".env");
if (existsSync(envFile)) process.loadEnvFile(envFile);

const NAMES = /^(MQTT_|TESA_)/;

// Before Miniflare, which would end with another code; it ends workerd when this process exits. A Worker may be ended at
// any moment: what it has acknowledged is in its storage.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(0));
onRunnerGone(() => process.exit(0));

const folder = join(appFolder, "dist-worker");
const script = join(folder, "index.js");
if (!existsSync(script)) await bundle(folder);
const bindings = Object.fromEntries(
  Object.entries(process.env).flatMap(([name, value = ""]) => (NAMES.test(name) ? [[name, value]] : [])),
);
const { CA_CERT_PATH, HOST = "127.0.0.1", PORT = "8080", TESA_EDGE_STORAGE } = process.env;
const { url } = await serve({
  script,
  bindings,
  host: HOST,
  port: Number(PORT),
  ...(CA_CERT_PATH ? { caCertPath: CA_CERT_PATH } : {}),
  ...(TESA_EDGE_STORAGE ? { storage: TESA_EDGE_STORAGE } : {}),
});
process.stderr.write(`The relay listens on ${url.href}\n`);
