import { expect, test } from "vitest";
import { en } from "./en.ts";
import { createFormats } from "./formats.ts";

const formats = createFormats("en-GB", en);

test.each<[number, number, string[]]>([
  [8934.22, 0.001, ["8,934.220", "8,934.221", "8,934.222"]],
  [0, 0.25, ["0.00", "0.25", "0.50"]],
  [0, 20, ["0", "20", "40"]],
  [0, 2_500, ["0", "2,500", "5,000"]],
  [1.2345e12, 1e7, ["1.2345E12", "1.23451E12", "1.23452E12"]],
  [0, 2.5e-12, ["0", "2.5E-12", "5E-12"]],
])("labels of an axis from %d in steps of %d differ", (from, step, labels) => {
  expect([0, 1, 2].map((index) => formats.axisNumber(from + index * step, step))).toEqual(labels);
});
