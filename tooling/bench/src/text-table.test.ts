import { expect, test } from "vitest";
import { textTable } from "./text-table.ts";

test("textTable() aligns names to the left and figures to the right", () => {
  expect(
    textTable([
      ["", "stock", "memory"],
      ["full speed", "27.1", "3.2"],
      ["at 5,000/s", "44"],
    ]),
  ).toEqual(["            stock  memory", "full speed   27.1     3.2", "at 5,000/s     44"]);
});

test("textTable() of nothing is nothing", () => {
  expect(textTable([])).toEqual([]);
});
