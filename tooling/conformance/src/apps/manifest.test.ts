import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { readKnownFailing, readManifest } from "./manifest.ts";

const MANIFEST = {
  client: "app",
  title: "App",
  requires: "node",
  start: ["node", "main.js"],
  capabilities: ["stream", "faults"],
  output: "stdout",
};

function appWith(manifest: object, known?: unknown): string {
  const folder = mkdtempSync(join(tmpdir(), "tesa-manifest-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const app = join(folder, "app");
  mkdirSync(app);
  writeFileSync(join(app, "conformance.json"), JSON.stringify(manifest));
  if (known !== undefined) writeFileSync(join(app, "known-failing.json"), JSON.stringify(known));
  return app;
}

test("readManifest() fills in what may be left out, and ignores what other tools read", () => {
  const folder = appWith({ ...MANIFEST, copy: {} });
  expect(readManifest(folder)).toMatchObject({ ...MANIFEST, folder, lacks: {}, store: "sqlite" });
});

test.each([
  ["another client", { ...MANIFEST, client: "other" }, /is not the folder's name/],
  ["an unknown capability", { ...MANIFEST, capabilities: ["stream", "faults", "fly"] }, /capabilities/],
  ["no stream", { ...MANIFEST, capabilities: ["faults"] }, /every app has the capability stream/],
  ["a lack without a reason", { ...MANIFEST, lacks: { signals: "" } }, /lacks/],
  ["an unknown lack", { ...MANIFEST, lacks: { speed: "it is slow" } }, /lacks/],
  ["nothing to start", { ...MANIFEST, start: [] }, /start/],
  ["an unknown output", { ...MANIFEST, output: "fax" }, /output/],
])("readManifest() refuses %s", (_, manifest, message) => {
  expect(() => readManifest(appWith(manifest))).toThrow(message);
});

test("readKnownFailing() needs no file, and a reason for each entry", () => {
  expect(readKnownFailing(appWith(MANIFEST))).toEqual([]);
  const entry = { case: "stops", reason: "the library hangs" };
  expect(readKnownFailing(appWith(MANIFEST, [entry]))).toEqual([entry]);
  expect(() => readKnownFailing(appWith(MANIFEST, [{ case: "stops" }]))).toThrow(/reason/);
});
