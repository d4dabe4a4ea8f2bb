import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Edge, makeKey, openEdge } from "./edge.ts";

const POLICY = "default-src 'none'; script-src 'self'; connect-src 'self' wss://built.example";

let edge: Edge;
const folder = mkdtempSync(join(tmpdir(), "tesa-edge-page-"));
beforeAll(async () => {
  mkdirSync(join(folder, "assets"));
  writeFileSync(join(folder, "index.html"), "<!doctype html><title>page</title>");
  writeFileSync(join(folder, "assets/a-1.js"), "export {};");
  writeFileSync(
    join(folder, "_headers"),
    `/*\n  Content-Security-Policy: ${POLICY}\n  Referrer-Policy: no-referrer\n/assets/*\n  Cache-Control: immutable\n`,
  );
  edge = await openEdge({
    dashboard: folder,
    bindings: { TESA_DASHBOARD_CONNECT: "wss://mqtt.example:8085" },
  });
}, 60_000);
afterAll(async () => {
  await edge?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

test("the page comes with the headers of its build, and may connect to where it is served for", async () => {
  const page = await fetch(edge.url("/"));
  expect(await page.text()).toContain("<title>page</title>");
  expect(page.headers.get("content-security-policy")).toBe(
    "default-src 'none'; script-src 'self'; connect-src 'self' wss://mqtt.example:8085",
  );
  expect(page.headers.get("referrer-policy")).toBe("no-referrer");
  expect(page.headers.get("content-type")).toContain("text/html");
});

test("its files are served as they are, with the headers of their folder", async () => {
  const script = await fetch(edge.url("/assets/a-1.js"));
  expect(await script.text()).toBe("export {};");
  expect(script.headers.get("content-type")).toContain("javascript");
  expect(script.headers.get("cache-control")).toBe("immutable");
  expect(script.headers.get("content-security-policy")).toBe(POLICY);
});

test("all else is the relay's", async () => {
  expect((await fetch(edge.url("/_headers"))).status).toBe(404);
  expect((await fetch(edge.url("/v1/devices"))).status).toBe(401);
  const headers = { authorization: `Bearer ${await makeKey()}` };
  expect((await fetch(edge.url("/v1/devices"), { headers })).status).toBe(200);
});
