import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openBox, until } from "./harness.ts";

const folder = mkdtempSync(join(tmpdir(), "tesa-browser-bundle-"));
const bundle = join(folder, "bundle.mjs");

beforeAll(async () => {
  await build({
    configFile: false,
    logLevel: "error",
    resolve: { conditions: ["tesa-source", "browser", "import", "module"] },
    build: {
      outDir: folder,
      target: "es2024",
      lib: {
        entry: fileURLToPath(new URL("browser-entry.ts", import.meta.url)),
        formats: ["es"],
        fileName: () => "bundle.mjs",
      },
    },
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the bundle in a process of its own, as a browser would. */
function openPage(settings: Readonly<Record<string, string>>, environment: Readonly<Record<string, string>>) {
  const main = fileURLToPath(new URL("browser-page.ts", import.meta.url));
  const child = spawn(process.execPath, [main, bundle, JSON.stringify(settings)], {
    env: { PATH: process.env.PATH ?? "", ...environment },
  });
  const lines: string[] = [];
  let errors = "";
  child.stdout.on("data", (chunk) => lines.push(...String(chunk).split("\n").filter(Boolean)));
  child.stderr.on("data", (chunk) => {
    errors += chunk;
  });
  return {
    lines,
    errors: () => errors,
    async [Symbol.asyncDispose]() {
      const closed = once(child, "close");
      child.kill();
      await closed;
    },
  };
}

test("the bundle for browsers holds no import, and names no module of Node", () => {
  const text = readFileSync(bundle, "utf8");
  expect(text.length).toBeGreaterThan(100_000);
  expect(text).not.toMatch(/\bfrom\s*["']|\bimport\s*["'(]|["']node:/u);
});

test("the bundle for browsers streams over wss, where the certificate is trusted, through a lost connection", async () => {
  await using box = await openBox();
  await using page = openPage(
    { MQTT_API_TOKEN: box.token, MQTT_BROKER_URL: box.platform.urls.wss, MQTT_RECONNECT_PERIOD: "20" },
    { NODE_EXTRA_CA_CERTS: box.platform.caCertPath },
  );
  await until("live", () => page.lines.includes("state live"));
  await box.publish(100);
  const payloads = () => page.lines.filter((line) => !line.startsWith("state "));
  await until("100 messages", () => payloads().length === 100);
  box.platform.faults.dropConnections();
  await box.publish(100);
  await until("200 messages", () => payloads().length === 200);
  expect(payloads()).toEqual(
    box.platform.ledger.published.map(({ payload }) => new TextDecoder().decode(payload)),
  );
  expect(page.errors()).toBe("");
});

test("the bundle for browsers does not connect where the certificate is not trusted", async () => {
  await using box = await openBox();
  await using page = openPage({ MQTT_API_TOKEN: box.token, MQTT_BROKER_URL: box.platform.urls.wss }, {});
  await until(
    "refused twice",
    () => page.lines.filter((line) => line === "state waiting: network").length > 1,
  );
  expect(page.lines).not.toContain("state live");
});
