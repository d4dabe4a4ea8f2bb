/**
 * The process in which `browser-bundle.test.ts` runs its bundle: a page with a WebSocket and without what only Node has.
 * Node's own WebSocket needs some of that, so it is hidden from the bundle and not removed.
 */
import { readFileSync } from "node:fs";

const HIDDEN = ["Buffer", "setImmediate", "clearImmediate", "global", "process", "require", "module"];
const [bundle = "", settings = ""] = process.argv.slice(2);

const AsyncFunction = (async () => {}).constructor as FunctionConstructor;
const page = new AsyncFunction("settings", "report", ...HIDDEN, `{${readFileSync(bundle, "utf8")}}`);
await page(JSON.parse(settings), (line: string) => process.stdout.write(`${line}\n`));
