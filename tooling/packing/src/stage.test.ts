import { expect, test } from "vitest";
import { importJavaScript } from "./stage.ts";

test.each([
  ['export { a } from "./a.ts";', 'export { a } from "./a.js";'],
  ['export type { A } from "../b/a.ts";', 'export type { A } from "../b/a.js";'],
  ['type A = import("./a.ts").A;', 'type A = import("./a.js").A;'],
  ['import "./a.ts";', 'import "./a.js";'],
  ['import "./ambient.d.ts";', 'import "./ambient.d.ts";'],
  ['export { a } from "other/a.ts";', 'export { a } from "other/a.ts";'],
  ["/** Reads ./a.ts */", "/** Reads ./a.ts */"],
])("declarations import JavaScript: %s", (before, after) => {
  expect(importJavaScript(before)).toBe(after);
});
