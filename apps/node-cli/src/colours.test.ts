import { expect, test } from "vitest";
import { wantsColour } from "./colours.ts";

test.each([
  [{}, true, true],
  [{}, false, false],
  [{ TERM: "dumb" }, true, false],
  [{ NO_COLOR: "1" }, true, false],
  [{ NO_COLOR: "" }, true, true],
  [{ FORCE_COLOR: "1" }, false, true],
  [{ FORCE_COLOR: "0" }, true, false],
  [{ NO_COLOR: "1", FORCE_COLOR: "1" }, true, false],
])("wantsColour() with %j on a terminal (%s) is %s", (env, isTerminal, expected) => {
  expect(wantsColour({ env, isTerminal })).toBe(expected);
});
