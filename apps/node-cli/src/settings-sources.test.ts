import { expect, test } from "vitest";
import { readSources } from "./settings-sources.ts";

test("a file of the platform in a box that is missing says that the platform has to run", () => {
  const read = (dotenv: string) => () => readSources({}, dotenv);
  expect(read(".tesa/platform.env")).toThrow(
    /while the platform in a box runs: start it first.* tesa platform$/,
  );
  expect(read(".tesa/platform.globex.env")).toThrow(/start it first/);
  expect(read("my-platform.env")).toThrow(/A relative path starts at the folder you are in\.$/);
});
