import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { type Box, openBox, type RunningProgram, startProgram } from "@tesa/platform/testing";
import { createRelayKey, parseRelaySecrets } from "@tesa/relay";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DASHBOARD_FOLDER } from "../serve/index.ts";
import { findChromium, launchChromium } from "./browser.ts";
import { describeInChromium } from "./look.ts";
import { keepShot, openPage } from "./pages.ts";

const APP = join(import.meta.dirname, "..");
const SERVER = join(APP, "../bun-server");
const require = createRequire(import.meta.url);
const BUN = join(
  dirname(createRequire(join(SERVER, "package.json")).resolve("bun/package.json")),
  "bin/bun.exe",
);
/** Visibly no secret of anybody. */
const SECRET = "test-secret-of-more-than-thirty-two-bytes";

describeInChromium("served by", () => {
  let browser: Browser;
  let box: Box;
  beforeAll(async () => {
    [browser, box] = await Promise.all([launchChromium(findChromium() ?? ""), openBox({ ports: { ws: 0 } })]);
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await box?.[Symbol.asyncDispose]();
  });

  test("the Bun server, the page asks for a key and shows what its relay sends", async () => {
    await using server = startProgram({
      command: [BUN, "--conditions=tesa-source", "src/main.ts"],
      cwd: SERVER,
      env: {
        ...box.env,
        PORT: "0",
        TESA_RELAY_SECRET: SECRET,
        TESA_DASHBOARD: DASHBOARD_FOLDER,
        TESA_DASHBOARD_CONNECT: "wss://mqtt.example:8085",
      },
    });
    const url = await addressOf(server, "stderr", /serving on (\S+)\n/);
    await expectStrictPolicy(url, "connect-src 'self' wss://mqtt.example:8085");
    await using opened = await openPage(browser, url);
    const { page, errors } = opened;
    await page.getByLabel("Key", { exact: true }).fill(await makeKey());
    await page.getByRole("button", { name: "Connect", exact: true }).click();
    await page.locator('[data-state="live"]').waitFor();
    await box.publish("device/g1/telemetry/pressure", '{"value":42.5,"unit":"bar"}');
    await page.locator('[data-device="g1"]').getByText("42.5").waitFor();
    await keepShot(page, "bun-server-light-en");
    expect(errors).toEqual([]);
  });

  test("vite preview, the page offers to connect, without an error", async () => {
    const vite = join(dirname(require.resolve("vite/package.json")), "bin/vite.js");
    await using preview = startProgram({
      command: [process.execPath, vite, "preview", "--host", "127.0.0.1", "--port", "0"],
      cwd: APP,
      env: { NO_COLOR: "1", TESA_DASHBOARD_CONNECT: "https://relay.example" },
    });
    const url = await addressOf(preview, "stdout", /(http:\/\/127\.0\.0\.1:\d+)\//);
    await expectStrictPolicy(url, "connect-src 'self' https://relay.example");
    await using opened = await openPage(browser, url);
    const { page, errors } = opened;
    await page.getByRole("heading", { name: "See your devices live" }).waitFor();
    expect(errors).toEqual([]);
  });
});

async function addressOf(
  program: RunningProgram,
  where: "stdout" | "stderr",
  pattern: RegExp,
): Promise<string> {
  await program.until(where, pattern);
  return pattern.exec(program[where])?.[1] ?? "";
}

async function expectStrictPolicy(url: string, connect: string): Promise<void> {
  const { headers } = await fetch(url);
  const directives = (headers.get("content-security-policy") ?? "").split("; ");
  expect(directives).toEqual(
    expect.arrayContaining(["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", connect]),
  );
  expect(headers.get("content-security-policy")).not.toMatch(/unsafe|\*/);
  expect(headers.get("referrer-policy")).toBe("no-referrer");
}

async function makeKey(): Promise<string> {
  const [secret] = await parseRelaySecrets(SECRET);
  if (secret === undefined) throw new Error("There is no secret.");
  return (await createRelayKey({ secret, organisation: "acme", now: Date.now() })).key;
}
