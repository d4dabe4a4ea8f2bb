import { expect, test } from "vitest";
import { wrap, wrapFor } from "./wrap.ts";

test("wrap() breaks at spaces and leaves long words whole", () => {
  expect(wrap("one two three incomprehensibilities", 8)).toEqual([
    "one two",
    "three",
    "incomprehensibilities",
  ]);
});

test("wrapFor() wraps on a terminal alone", () => {
  const terminal = { isTTY: true, columns: 31 } as unknown as NodeJS.WritableStream;
  const text = "Cause and effect are two different things.";
  expect(wrapFor(terminal, text, { before: 4, indent: "    " })).toBe(
    "Cause and effect are two\n    different things.",
  );
  const pipe = { write: () => true } as unknown as NodeJS.WritableStream;
  expect(wrapFor(pipe, text, { before: 4, indent: "    " })).toBe(text);
});
