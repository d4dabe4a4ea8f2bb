import { existsSync, readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { readVectors } from "./read-vectors.ts";

const files = readdirSync(new URL("../../vectors/", import.meta.url)).map((file) =>
  file.replace(/\.json$/, ""),
);

test.each(files)("the vectors %s have names that tell them apart, and a test", (file) => {
  const names = readVectors(file).map(({ name }) => name);
  expect(names.length).toBeGreaterThan(10);
  expect(new Set(names).size).toBe(names.length);
  expect(existsSync(new URL(`./${file}.test.ts`, import.meta.url))).toBe(true);
});
