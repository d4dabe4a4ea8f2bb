import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { noteForReport } from "@tesa/workspace/vitest";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Box, startBox } from "../testing/box.ts";
import { firstRelayed, freePort, relayKey, relaySecret } from "../testing/relay-client.ts";
import { Shell } from "../testing/shell.ts";
import { toolPath, userEnvironment } from "../testing/tool-path.ts";
import { type App, type CopyDeclaration, findApps } from "./apps.ts";
import { checkTarget } from "./check-target.ts";
import { copyApp } from "./copy-app.ts";

/** Node-RED alone is 20,000 files to remove. */
const HOOK_MS = 120_000;
const COPY_MS = 120_000;
const INSTALL_MS = 240_000;
const PREPARE_MS = 480_000;
const FIRST_MESSAGE_MS = 60_000;

const folder = mkdtempSync(join(tmpdir(), "tesa-copies-"));
const env = userEnvironment(toolPath(join(folder, "bin")));
let box: Box;

beforeAll(async () => {
  box = await startBox();
}, HOOK_MS);
afterAll(async () => {
  await box[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
}, HOOK_MS);

type DeclaredApp = App & { readonly copy: CopyDeclaration };
const apps = findApps().filter((app): app is DeclaredApp => app.copy !== undefined);

test("there are apps that say how a copy of them is started", () => {
  expect(apps.map(({ name }) => name)).toContain("node-cli");
});

describe.each(apps)("a copy of $name", (app) => {
  const missing = missingPrograms(app.copy);
  const isRequired = (process.env.TESA_REQUIRE ?? "").split(",").includes(app.requires ?? app.name);
  const target = join(folder, app.name);

  test("is started as its README says", () => {
    const readme = readFileSync(join(app.folder, "README.md"), "utf8");
    const { install, prepare = [], start } = app.copy;
    const lines = readme.split("\n").map((line) => line.replace(/\s+#\s.*$/, "").trim());
    for (const command of [install, ...prepare, start]) {
      if (command !== undefined) expect(lines).toContain(command);
    }
  });

  test("leads nowhere back into the repository", { timeout: COPY_MS }, async () => {
    await copyApp(app, checkTarget(target, { cwd: folder }));
    const found = globSync("**/*", { cwd: target, exclude: (path) => /(^|\/)vendor$/.test(path) })
      .filter((file) => statSync(join(target, file)).isFile() && !file.endsWith(".png"))
      .filter((file) => leadsBack(file, readFileSync(join(target, file), "utf8")));
    expect(found).toEqual([]);
  });

  const skip = missing.length > 0 && !isRequired;
  if (skip) noteForReport(`copy-app ${app.name}: skipped, there is no ${missing.join(", ")} on this machine`);
  test.skipIf(skip)(
    app.output === "page"
      ? "is installed, built and served with its headers"
      : "is installed, started and receives messages",
    async () => {
      expect(missing).toEqual([]);
      const { install, prepare = [], start } = app.copy;
      if (install !== undefined) await shell(install, target).succeed(INSTALL_MS);
      expect(foreignPackages(target)).toEqual([]);
      if (scriptsOf(target).typecheck !== undefined)
        await shell("npm run typecheck", target).succeed(PREPARE_MS);
      for (const command of prepare) await shell(command, target).succeed(PREPARE_MS);
      const settings = { PORT: String(await freePort()), TESA_RELAY_SECRET: relaySecret() };
      if (app.output === "page") writeEnvironment(target, { PORT: settings.PORT });
      else writeEnvironment(target, { ...boxSettings(), ...(app.output === "relay" ? settings : {}) });
      // The program in the shell's place: the exit code is its own.
      await using running = shell(`exec ${start}`, target);
      if (app.output === "page") {
        await first(running, (signal) => servedPage(`http://127.0.0.1:${settings.PORT}`, signal));
        return;
      }
      const line = await first(running, (signal) =>
        app.output === "relay"
          ? firstRelayed(
              `http://127.0.0.1:${settings.PORT}`,
              relayKey(settings.TESA_RELAY_SECRET, "acme"),
              signal,
            )
          : firstLine(running, signal),
      );
      expect(JSON.parse(line)).toMatchObject({ deviceId: expect.any(String), readings: expect.any(Array) });
      running.kill("SIGTERM");
      const end = await running.ended;
      if (app.endsBySignal) expect(end).toBe(0);
    },
    INSTALL_MS + PREPARE_MS + FIRST_MESSAGE_MS,
  );
});

function shell(command: string, cwd: string): Shell {
  return new Shell(command, { cwd, env });
}

/** A reference that only holds inside the repository. */
function leadsBack(file: string, text: string): boolean {
  const isCode = /\.(ts|tsx|js|mjs|json|jsonc|html|vue|svelte)$/.test(file);
  const depth = file.split("/").length - 1;
  const out = new RegExp(`["'(](?:\\.\\./){${depth + 1},}`);
  return (
    text.includes("workspace:") ||
    text.includes("--conditions=tesa-source") ||
    ((isCode || file.endsWith(".md")) && out.test(text))
  );
}

function scriptsOf(target: string): Readonly<Record<string, string>> {
  const path = join(target, "package.json");
  if (!existsSync(path)) return {};
  return (JSON.parse(readFileSync(path, "utf8")) as { scripts?: Record<string, string> }).scripts ?? {};
}

/** Packages of ours in a copy's `node_modules` that did not come from its `vendor` folder. */
function foreignPackages(target: string): string[] {
  if (existsSync(join(target, "deno.json"))) {
    const lock = join(target, "deno.lock");
    return existsSync(lock) ? (readFileSync(lock, "utf8").match(/npm:@tesa\/[\w-]+/g) ?? []) : [];
  }
  const lock = join(target, "package-lock.json");
  if (!existsSync(lock)) return [];
  const { packages } = JSON.parse(readFileSync(lock, "utf8")) as {
    readonly packages: Readonly<Record<string, { readonly resolved?: string }>>;
  };
  return Object.entries(packages)
    .filter(([path, { resolved }]) => /@tesa\/[^/]+$/.test(path) && !resolved?.startsWith("file:vendor/"))
    .map(([path]) => path);
}

function boxSettings(): Record<string, string> {
  return {
    MQTT_API_TOKEN: box.token,
    MQTT_BROKER_URL: box.platform.urls.wss,
    CA_CERT_PATH: box.platform.caCertPath,
  };
}

/** The copy's `.env`: its example with other settings. */
function writeEnvironment(target: string, settings: Readonly<Record<string, string>>): void {
  const example = join(target, ".env.example");
  const kept = (existsSync(example) ? readFileSync(example, "utf8") : "")
    .split("\n")
    .filter((line) => !Object.keys(settings).some((name) => line.startsWith(`${name}=`)));
  const own = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  writeFileSync(join(target, ".env"), `${[...kept, ...own].join("\n")}\n`);
}

/** Asks until there is an answer, and makes sure that it is the page, with its policy and its script. */
async function servedPage(url: string, signal: AbortSignal): Promise<string> {
  for (;;) {
    signal.throwIfAborted();
    const response = await fetch(url).catch(() => undefined);
    if (response === undefined) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      continue;
    }
    const html = await response.text();
    expect(response.headers.get("content-security-policy")).toContain("script-src 'self'");
    const [, script = ""] = /<script [^>]*src="([^"]+)"/.exec(html) ?? [];
    const loaded = await fetch(new URL(script, `${url}/`));
    expect(loaded.headers.get("content-type")).toContain("javascript");
    return html;
  }
}

async function firstLine(running: Shell, signal: AbortSignal): Promise<string> {
  for (;;) {
    signal.throwIfAborted();
    const end = running.stdout.indexOf("\n");
    if (end >= 0) return running.stdout.slice(0, end);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Waits for what `read` waits for, and for no longer than the program runs. */
async function first(running: Shell, read: (signal: AbortSignal) => Promise<string>): Promise<string> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new Error("No message came.")), FIRST_MESSAGE_MS);
  void running.ended.then((end) => controller.abort(new Error(`It ended with ${end}.`)));
  try {
    return await read(controller.signal);
  } catch (cause) {
    throw new Error(`${running.command} gave no message:\n${running.output}`, { cause });
  } finally {
    clearTimeout(timer);
  }
}

function missingPrograms({ programs = [] }: CopyDeclaration): string[] {
  const folders = (env.PATH ?? "").split(delimiter);
  return programs.filter((program) => !folders.some((one) => existsSync(join(one, program))));
}
