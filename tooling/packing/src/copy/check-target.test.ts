import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { ROOT } from "../workspace.ts";
import { checkTarget, findApp } from "./check-target.ts";

const folder = mkdtempSync(join(tmpdir(), "tesa-target-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("an unknown app is refused with the names there are", () => {
  expect(() => findApp("nodecli")).toThrow(/^There is no app "nodecli"\. The apps are: .*node-cli/);
});

test("a folder that is not there, or is empty, is taken", () => {
  expect(checkTarget("new/app", { cwd: folder })).toBe(join(folder, "new/app"));
  expect(checkTarget(folder.concat("/."), { cwd: "/" })).toBe(folder);
});

test("a folder that is not empty is refused", () => {
  const full = join(folder, "full");
  mkdirSync(full);
  writeFileSync(join(full, ".env"), "");
  expect(() => checkTarget(full, { cwd: folder })).toThrow(
    `${full} exists and is not empty. Name another folder, or empty it first.`,
  );
});

test("a file is refused", () => {
  const file = join(folder, "file");
  writeFileSync(file, "");
  expect(() => checkTarget("file", { cwd: folder })).toThrow(`${file} is a file.`);
});

test.each([".", "apps/mine", `../${ROOT.split("/").at(-2)}/x`])(
  "a folder inside the repository is refused: %s",
  (target) => {
    expect(() => checkTarget(target, { cwd: ROOT })).toThrow("is inside this repository");
  },
);

test("a link into the repository is seen through", () => {
  const link = join(folder, "link");
  symlinkSync(ROOT, link);
  expect(() => checkTarget("link/mine", { cwd: folder })).toThrow("is inside this repository");
});
