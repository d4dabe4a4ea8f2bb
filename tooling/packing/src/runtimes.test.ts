import { execFile } from "node:child_process";
import { copyFileSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createContext, Script } from "node:vm";
import { gzipSync } from "node:zlib";
import { noteForReport } from "@tesa/workspace/vitest";
import { build } from "esbuild";
import { Miniflare } from "miniflare";
import { afterAll, beforeAll, expect, test } from "vitest";
import { entryPoints, type Installed, installPacked } from "./testing/installed.ts";
import { RUNTIMES, toolPath, userEnvironment } from "./testing/tool-path.ts";

const run = promisify(execFile);
const CHROMIUM = "/usr/bin/chromium";
/** What a page may cost that streams without the mqtt package, in bytes after gzip. */
const SMALL = 10_000;

/** What `core-consumer.js` has to come to, on whatever runs it. */
const EXPECTED = {
  token: "tesa_mqtt_acme_...",
  topic: "motor/2",
  decoded: [{ sensor: "humidity", value: 60, unit: null }],
  delays: [1_000, 2_000, 30_000],
  received: { deviceId: "press-1", readings: [{ sensor: "temperature", value: 25.5, unit: "C" }] },
  left: true,
};

let installed: Installed;
let env: Record<string, string>;

beforeAll(async () => {
  installed = await installPacked();
  env = userEnvironment(toolPath(join(installed.folder, "bin")));
  copyFileSync(
    fileURLToPath(new URL("testing/core-consumer.js", import.meta.url)),
    join(installed.folder, "core-consumer.js"),
  );
}, 120_000);
afterAll(() => installed[Symbol.dispose]());

const COMMANDS = {
  node: ["node", "main.js"],
  bun: ["bun", "run", "main.js"],
  deno: ["deno", "run", "--no-prompt", "main.js"],
} as const;

test.each(["node", "bun", "deno"] as const)(
  "@tesa/core works on %s",
  { timeout: 60_000 },
  async (runtime) => {
    write(
      "main.js",
      'import { consume } from "./core-consumer.js";\nconsole.log(JSON.stringify(await consume()));',
    );
    const [command, ...args] = COMMANDS[runtime];
    const { stdout } = await run(command, args, { cwd: installed.folder, env });
    expect(JSON.parse(stdout)).toEqual(EXPECTED);
    const { stdout: version } = await run(RUNTIMES[runtime], ["--version"], { env });
    noteForReport(`@tesa/core, packed, ran on ${runtime} ${version.split("\n")[0]?.replace(/^\D+/, "")}`);
  },
);

test.each(["node", "bun", "deno"] as const)(
  "every entry point of every package loads on %s",
  async (runtime) => {
    const entries = installed.packages.flatMap(({ name }) => entryPoints(name, installed.folder));
    expect(entries).toContain("@tesa/core/mqtt");
    const lines = entries.map(
      (entry) => `names.push([${JSON.stringify(entry)}, Object.keys(await import("${entry}")).length]);`,
    );
    write("main-all.js", ["const names = [];", ...lines, "console.log(JSON.stringify(names));"].join("\n"));
    const args: string[] = COMMANDS[runtime].slice(1).map((arg) => (arg === "main.js" ? "main-all.js" : arg));
    // Deno asks before a package reads the environment or a file.
    if (runtime === "deno") args.splice(1, 0, "--allow-env", "--allow-read", "--allow-sys");
    const { stdout } = await run(runtime, args, { cwd: installed.folder, env });
    const exported = JSON.parse(stdout) as [string, number][];
    expect(exported.map(([entry]) => entry)).toEqual(entries);
    for (const [, count] of exported) expect(count).toBeGreaterThan(0);
  },
);

test("@tesa/core works in a Worker", async () => {
  const worker = [
    'import { consume } from "./core-consumer.js";',
    "export default { async fetch() { return Response.json(await consume()); } };",
  ];
  const script = await bundle(worker.join("\n"), { format: "esm", conditions: ["workerd", "worker"] });
  const workerd = new Miniflare({ modules: true, script, compatibilityDate: "2026-07-01" });
  try {
    const answer = await workerd.dispatchFetch("http://localhost/");
    expect(await answer.json()).toEqual(EXPECTED);
  } finally {
    await workerd.dispose();
  }
});

const PAGE = [
  'import { consume } from "./core-consumer.js";',
  "consume().then((result) => done(JSON.stringify(result)), (error) => done(String(error)));",
].join("\n");

test("@tesa/core works bundled for browsers, with nothing but what the language has and an AbortController", async () => {
  const script = await bundle(PAGE, { format: "iife", conditions: ["browser"] });
  const text = await new Promise<string>((done) => {
    const globals = { done, AbortController, AbortSignal, TextDecoder, URL, queueMicrotask, setTimeout };
    new Script(script).runInContext(createContext(globals));
  });
  expect(JSON.parse(text)).toEqual(EXPECTED);
});

if (!existsSync(CHROMIUM)) noteForReport("@tesa/core in Chromium: skipped, there is none on this machine");
test.skipIf(!existsSync(CHROMIUM))(
  "@tesa/core works in Chromium",
  async () => {
    const script = await bundle(PAGE, { format: "iife", conditions: ["browser"] });
    const page = `<!doctype html><title>waits</title><script>const done = (text) => { document.title = text; };</script><script>${script}</script>`;
    const file = write("page.html", page);
    const flags = ["--headless", "--no-sandbox", "--disable-quic", "--disable-background-networking"];
    const own = [
      "--disable-component-update",
      "--disable-sync",
      `--user-data-dir=${join(installed.folder, "chromium")}`,
    ];
    const args = [...flags, ...own, "--virtual-time-budget=5000", "--dump-dom", `file://${file}`];
    const { stdout } = await run(CHROMIUM, args, { env, timeout: 60_000 });
    const title = /<title>(.*?)<\/title>/s.exec(stdout)?.[1]?.replaceAll("&quot;", '"');
    expect(JSON.parse(title ?? "")).toEqual(EXPECTED);
  },
  90_000,
);

test(`token, topic, decoding, backoff and stream take less than ${SMALL / 1000} kB after gzip`, async () => {
  const names = "parseToken, parseTopic, telemetryFilter, decode, backoffDelayMs, openStream";
  const script = await bundle(`export { ${names} } from "@tesa/core";`, {
    format: "esm",
    conditions: ["browser"],
  });
  for (const foreign of ["zod", "mqtt-packet"]) expect(script).not.toContain(foreign);
  const bytes = gzipSync(script, { level: 9 }).length;
  noteForReport(
    `Token, topic, decoding, backoff and stream of @tesa/core: ${bytes} bytes, minified and after gzip`,
  );
  expect(bytes).toBeLessThan(SMALL);
});

async function bundle(
  text: string,
  { format, conditions }: { format: "esm" | "iife"; conditions: readonly string[] },
): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: text, resolveDir: installed.folder },
    bundle: true,
    minify: true,
    write: false,
    platform: "neutral",
    target: "es2022",
    conditions: [...conditions],
    format,
  });
  const [output] = outputFiles;
  if (output === undefined) expect.unreachable("esbuild wrote nothing");
  return output.text;
}

function write(name: string, text: string): string {
  const path = join(installed.folder, name);
  writeFileSync(path, text);
  return path;
}
