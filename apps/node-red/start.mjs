// Starts Node-RED with its editor. The settings are checked first: what is wrong with them is told at once.
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { silenceDebugOutput } from "@tesa/process/silence";

// No debug switch may print the token. Only then what looks at the environment as it is imported.
silenceDebugOutput();
const { readConfiguration, readEnvironment, reportError } = await import("@tesa/process");

const folder = fileURLToPath(new URL(".", import.meta.url));
try {
  await readConfiguration(readEnvironment({ env: process.env, folders: [process.cwd(), folder] }));
  process.argv.splice(2, 0, "--settings", `${folder}settings.cjs`);
  createRequire(import.meta.url)("node-red/red.js");
} catch (error) {
  process.exitCode = reportError(error);
}
