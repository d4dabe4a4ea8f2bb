import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { spread } from "../statistics.ts";
import { findRegressions, goalOf, readBaseline, writeBaseline } from "./baseline.ts";
import { ratiosOf } from "./ratios.ts";

const none = ratiosOf([]);

test("findRegressions() reports a ratio that lost a tenth, and no other", () => {
  const ratios = { ...none, memory: spread([9]), sqlite: spread([4.6]), memory32: spread([7]) };
  expect(findRegressions({ memory: 10, sqlite: 5, memory32: 5 }, ratios)).toEqual([
    { name: "memory", before: 10, now: 9 },
  ]);
});

test("findRegressions() has nothing to say where one of the two is missing", () => {
  expect(findRegressions({ memory: 10, sqlite: null }, { ...none, sqlite: spread([1]) })).toEqual([]);
});

test("goalOf() is what was asked for, or what was reached before if that is more", () => {
  expect(goalOf("memory", {})).toBe(8);
  expect(goalOf("memory", { memory: 12.5 })).toBe(12.5);
  expect(goalOf("memory", { memory: 6 })).toBe(8);
});

test("a baseline is read back as it was written; without a file it is empty", async () => {
  const folder = await mkdtemp(join(tmpdir(), "tesa-bench-"));
  try {
    const file = pathToFileURL(join(folder, "baseline.json"));
    expect(await readBaseline(file)).toEqual({});
    await writeBaseline(file, { ...none, memory: spread([9.128]) });
    expect(await readBaseline(file)).toMatchObject({ memory: 9.13, sqlite: null });
  } finally {
    await rm(folder, { recursive: true });
  }
});
