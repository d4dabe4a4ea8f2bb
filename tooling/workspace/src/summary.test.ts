import { expect, test } from "vitest";
import { type PackageResult, summarise } from "./summary.ts";

const result = (part: Partial<PackageResult>): PackageResult => ({
  name: "a",
  passed: 0,
  failed: 0,
  skipped: 0,
  notes: [],
  ...part,
});

test("summarise() adds the packages up and ends with one line", () => {
  const summary = summarise([result({ passed: 3 }), result({ passed: 4, skipped: 2 })], 0);
  expect(summary).toEqual({ lines: ["7 passed, 0 failed, 2 skipped"], exitCode: 0 });
});

test("summarise() fails a run that executed no test", () => {
  expect(summarise([], 0)).toEqual({ lines: ["No test was executed.", "0 passed, 0 failed"], exitCode: 1 });
  expect(summarise([result({ skipped: 5 })], 0).exitCode).toBe(1);
});

test("summarise() fails when a test failed, whatever the runner's exit code says", () => {
  expect(summarise([result({ passed: 1, failed: 1 })], 0).exitCode).toBe(1);
});

test("summarise() keeps the runner's exit code and says so when no test explains it", () => {
  const summary = summarise([result({ passed: 1 })], 2);
  expect(summary.exitCode).toBe(2);
  expect(summary.lines[0]).toContain("outside of its tests");
});

test("summarise() names each note once", () => {
  const notes = ["broker: platform in a box"];
  expect(summarise([result({ passed: 1, notes }), result({ passed: 1, notes })], 0).lines).toEqual([
    "broker: platform in a box",
    "2 passed, 0 failed",
  ]);
});
