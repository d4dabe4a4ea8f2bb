import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createDashboardHandler, type DashboardOptions } from "./index.ts";

const HEADERS = `# of the build
/*
  Content-Security-Policy: default-src 'none'; connect-src 'self' wss://built.example; frame-ancestors 'none'
  Referrer-Policy: no-referrer
/assets/*
  Cache-Control: public, max-age=31536000, immutable
`;

let outside = "";
let folder = "";
beforeEach(() => {
  outside = mkdtempSync(join(tmpdir(), "tesa-dashboard-"));
  folder = join(outside, "page");
  mkdirSync(join(folder, "assets"), { recursive: true });
  writeFileSync(join(folder, "index.html"), "<!doctype html><title>page</title>");
  writeFileSync(join(folder, "assets/a-1.js"), "export {};");
  writeFileSync(join(folder, "_headers"), HEADERS);
  writeFileSync(join(outside, "secret.txt"), "secret");
});
afterEach(() => rmSync(outside, { recursive: true, force: true }));

const get = (path: string, options: Partial<DashboardOptions> = {}, method = "GET") =>
  createDashboardHandler({ folder, ...options })(new Request(`http://127.0.0.1${path}`, { method }));

test("the page and its files come with the headers of its build", async () => {
  const page = get("/");
  expect(await page?.text()).toContain("<title>page</title>");
  expect(Object.fromEntries(page?.headers ?? [])).toEqual({
    "cache-control": "no-cache",
    "content-security-policy":
      "default-src 'none'; connect-src 'self' wss://built.example; frame-ancestors 'none'",
    "content-type": "text/html; charset=utf-8",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
  });
  expect(get("/assets/a-1.js")?.headers.get("cache-control")).toContain("immutable");
  expect(get("/index.html", {}, "HEAD")?.body).toBeNull();
});

test("where the page may connect to is decided when it is served", () => {
  const policy = (connect: readonly string[]) =>
    get("/", { connect })?.headers.get("content-security-policy");
  expect(policy(["https://relay.example"])).toBe(
    "default-src 'none'; frame-ancestors 'none'; connect-src 'self' https://relay.example",
  );
  expect(policy([])).toBe("default-src 'none'; frame-ancestors 'none'; connect-src 'self'");
});

test("dashboard.json tells what the server says, or else what lies in the folder", async () => {
  expect(get("/dashboard.json")).toBeUndefined();
  writeFileSync(join(folder, "dashboard.json"), '{"topic":"a"}');
  expect(await get("/dashboard.json")?.json()).toEqual({ topic: "a" });
  expect(await get("/dashboard.json", { settings: { relay: null } })?.json()).toEqual({ relay: null });
});

test("nothing is served but the files of the page", () => {
  symlinkSync(join(outside, "secret.txt"), join(folder, "link.txt"));
  writeFileSync(join(folder, ".env"), "secret");
  const paths = ["/_headers", "/.env", "/link.txt", "/assets", "/assets/", "/v1/stream"];
  for (const path of [...paths, "/../secret.txt", "/..%2fsecret.txt", "/%2e%2e/secret.txt"]) {
    expect([path, get(path)]).toEqual([path, undefined]);
  }
  expect(get("/", {}, "POST")).toBeUndefined();
});

test("a folder that cannot be served is refused with what to do", () => {
  expect(() => get("/", { folder: join(folder, "none") })).toThrow(/cannot be read: ENOENT/);
  rmSync(join(folder, "_headers"));
  expect(get("/")?.status).toBe(200);
  expect(() => get("/", { connect: [] })).toThrow(/_headers has no Content-Security-Policy .*build the/);
  writeFileSync(join(folder, "large"), "");
  truncateSync(join(folder, "large"), 65 * 1024 * 1024);
  expect(() => get("/")).toThrow("holds more than 64 MiB");
});
