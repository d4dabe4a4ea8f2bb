/**
 * `wrangler dev` for this machine: as wrangler would, but with a CA of one's own (`CA_CERT_PATH`, from the environment or
 * `.dev.vars`) and without a word to anybody on the network. What is given to it is given on to wrangler.
 */
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs, parseEnv } from "node:util";
import { appFolder, wranglerEnvironment, wranglerPath } from "./bundle.ts";
import { onRunnerGone } from "./runner.ts";

const given = process.argv.slice(2);
const { values } = parseArgs({ args: given, options: { "env-file": { type: "string" } }, strict: false });
const varsFile = String(values["env-file"] ?? fileURLToPath(new URL("../.dev.vars", import.meta.url)));
const vars = existsSync(varsFile) ? parseEnv(readFileSync(varsFile, "utf8")) : {};
const caCertPath = process.env.CA_CERT_PATH || vars.CA_CERT_PATH;
if (caCertPath && !existsSync(caCertPath)) {
  process.stderr.write(`CA_CERT_PATH names ${caCertPath}, which is not there.\n`);
  process.exit(78);
}
const child = spawn(process.execPath, [wranglerPath(), "dev", ...given], {
  cwd: appFolder,
  env: { ...wranglerEnvironment(), ...(caCertPath ? { NODE_EXTRA_CA_CERTS: caCertPath } : {}) },
  stdio: "inherit",
});
// A terminal gives Ctrl-C to both; only a signal to this process has to be passed on.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => child.kill("SIGTERM"));
onRunnerGone(() => child.kill("SIGTERM"));
child.on("exit", (code, signal) => {
  process.exitCode = signal === null ? (code ?? 1) : 0;
});
