import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "@tesa/workspace/free-port";
import { noteForReport } from "@tesa/workspace/vitest";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Box, startBox } from "../testing/box.ts";
import { findMissingPrograms } from "../testing/missing-programs.ts";
import { firstRelayed, relayKey, relaySecret } from "../testing/relay-client.ts";
import { Shell } from "../testing/shell.ts";
import { toolPath, userEnvironment } from "../testing/tool-path.ts";
import { type App, type CopyDeclaration, findApps } from "./apps.ts";
import { checkTarget } from "./check-target.ts";
import { copyApp } from "./copy-app.ts";

/** Node-RED alone is 20,000 files to remove. */
const HOOK_MS = 120_000;
const COPY_MS = 120_000;
const INSTALL_MS = 240_000;
/** A release build in Rust takes three minutes on two cores that are free, and these are shared. */
const PREPARE_MS = 1_200_000;
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

/** What the README of every client says, so that the settings are where it looks for them. */
const COPY_SETTINGS = "cp .env.example .env";

describe.each(apps)("a copy of $name", (app) => {
  const { copy } = app;
  const missing = findMissingPrograms(copy, env);
  const isRequired = (process.env.TESA_REQUIRE ?? "").split(",").includes(app.requires ?? app.name);
  const target = join(folder, app.name);
  const commands = commandsOf(join(app.folder, "README.md"));
  const preparations = [copy.install, ...(copy.prepare ?? [])].filter((command) => command !== undefined);
  const steps = app.output === "page" ? preparations : [...preparations, COPY_SETTINGS];
  const skip = missing.length > 0 && !isRequired;
  if (skip) noteForReport(`copy-app ${app.name}: skipped, on this machine there is no ${missing.join(", ")}`);
  let settings: Readonly<Record<string, string>> = {};

  test("is made as its README says, and leads nowhere back into the repository", {
    timeout: COPY_MS,
  }, async () => {
    expect(commands.some((command) => command.startsWith(`npx -y pnpm@12 copy-app ${app.name} ../`))).toBe(
      true,
    );
    await copyApp(app, checkTarget(target, { cwd: folder }));
    const found = globSync("**/*", { cwd: target, exclude: (path) => /(^|\/)vendor$/.test(path) })
      .filter((file) => statSync(join(target, file)).isFile() && !file.endsWith(".png"))
      .filter((file) => leadsBack(file, readFileSync(join(target, file), "utf8")));
    expect(found).toEqual([]);
    // Where nothing is JavaScript, npm's and pnpm's files would only make one wonder.
    const hasScript = globSync("**/*.{js,mjs,ts,tsx}", { cwd: target }).length > 0;
    const ofNpm = ["package.json", "pnpm-workspace.yaml", ".npmrc"];
    if (!hasScript) expect(ofNpm.filter((file) => existsSync(join(target, file)))).toEqual([]);
  });

  const beside = Object.entries(copy.beside ?? {});
  const also = Object.entries(copy.also ?? {});

  test("has a README with every command that is run here", () => {
    // A program that is required and missing fails here.
    expect(isRequired ? missing : []).toEqual([]);
    const own = commandsOf(join(target, "README.md"));
    const others = [...also, ...beside].map(([command]) => command);
    for (const command of [...steps, copy.start, ...others]) expect(own).toContain(command);
  });

  test.skipIf(skip).each(steps)(
    "$ %s",
    async (command) => {
      await shell(command, target).succeed(command === copy.install ? INSTALL_MS : PREPARE_MS);
      if (command === copy.install) expect(foreignPackages(target)).toEqual([]);
    },
    PREPARE_MS,
  );

  test.skipIf(skip)(
    "has no wrong types, where it can check them, and gets its settings",
    async () => {
      if (scriptsOf(target).typecheck !== undefined)
        await shell("npm run typecheck", target).succeed(PREPARE_MS);
      settings = { PORT: String(await freePort()), TESA_RELAY_SECRET: relaySecret() };
      fillIn(target, app.output === "page" ? settings : { ...boxSettings(), ...settings });
    },
    PREPARE_MS,
  );

  test.skipIf(skip)(
    [copy.start, ...beside.map(([command]) => command)].map((command) => `$ ${command}`).join("  "),
    async () => {
      // The program in the shell's place: the exit code is its own.
      await using running = shell(`exec ${copy.start}`, target);
      if (app.output === "page") {
        await first(running, (signal) => servedPage(url(settings), signal));
        return;
      }
      const line = await first(running, (signal) =>
        app.output === "relay"
          ? firstRelayed(url(settings), relayKey(settings.TESA_RELAY_SECRET ?? "", "acme"), signal)
          : firstLine(running, signal),
      );
      expect(JSON.parse(line)).toMatchObject({ deviceId: expect.any(String), readings: expect.any(Array) });
      let before = "";
      for (const [command, text] of beside) {
        await using other = shell(`${before}${onPort(command, settings)}`, target);
        await first(other, (signal) => untilHolds(other, text, signal));
        // What a variable was set to is for the commands behind it.
        if (/^[A-Z]+=/.test(command)) before += `${command}\n`;
      }
      running.kill("SIGTERM");
      const end = await running.ended;
      if (app.endsBySignal) expect(end).toBe(0);
    },
    2 * FIRST_MESSAGE_MS,
  );

  for (const [command, text] of also) {
    const hasJq = !command.includes("| jq") || findMissingPrograms({ programs: ["jq"] }, env).length === 0;
    test.skipIf(skip || !hasJq)(
      `$ ${command}`,
      async () => {
        await using running = shell(command, target);
        await first(running, (signal) => untilHolds(running, text, signal));
        running.kill("SIGTERM");
        await running.ended;
      },
      2 * FIRST_MESSAGE_MS,
    );
  }
});

/** The lines of a document's shell examples, without comments. */
function commandsOf(path: string): string[] {
  const examples = [...readFileSync(path, "utf8").matchAll(/^```sh\n(.*?)^```/gmsu)].map(
    ([, text = ""]) => text,
  );
  return examples.flatMap((text) => text.split("\n").map((line) => line.replace(/\s+#\s.*$/, "").trim()));
}

const url = ({ PORT }: Readonly<Record<string, string>>) => `http://127.0.0.1:${PORT}`;

/** A README names the port that is the default; here it is a free one. */
function onPort(command: string, settings: Readonly<Record<string, string>>): string {
  return command.replaceAll("http://127.0.0.1:8080", url(settings));
}

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

/** Puts settings into the copy's `.env`, those that its example mentions. */
function fillIn(target: string, settings: Readonly<Record<string, string>>): void {
  const example = readFileSync(join(target, ".env.example"), "utf8");
  const wanted = Object.entries(settings).filter(([name]) =>
    new RegExp(`^(# ?)?${name}=`, "m").test(example),
  );
  const kept = example.split("\n").filter((line) => !wanted.some(([name]) => line.startsWith(`${name}=`)));
  const own = wanted.map(([name, value]) => `${name}=${value}`);
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

async function untilHolds(running: Shell, text: string, signal: AbortSignal): Promise<void> {
  // A command without output is done when it has ended.
  if (text === "") return running.succeed(FIRST_MESSAGE_MS);
  while (!running.output.includes(text)) {
    signal.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Waits for what `read` waits for, and for no longer than the program runs. */
async function first<T>(running: Shell, read: (signal: AbortSignal) => Promise<T>): Promise<T> {
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
