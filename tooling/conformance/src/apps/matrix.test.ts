import { expect, test } from "vitest";
import { countsOf, toMarkdown, toSummary } from "./matrix.ts";
import type { ClientResult } from "./results.ts";

const RESULT: ClientResult = {
  client: "python",
  title: "Python",
  runtime: "python 3.13",
  cases: [
    { group: "Streaming", name: "reads a | b", outcome: "passed" },
    { group: "Streaming", name: "reads c", outcome: "failed", reason: "it read d" },
    { group: "Relay", name: "serves", outcome: "not-applicable", reason: "it has no relay" },
    { group: "Relay", name: "serves more", outcome: "not-applicable", reason: "it has no relay" },
    { group: "Stopping", name: "stops", outcome: "known-failing", reason: "the library hangs" },
  ],
};

const SKIPPED: ClientResult = {
  client: "rust",
  title: "Rust",
  runtime: null,
  cases: [{ group: "Streaming", name: "reads c", outcome: "skipped", reason: "rustc is not installed" }],
};

test("countsOf() counts each outcome by itself", () => {
  expect(countsOf(RESULT)).toEqual({
    client: "python",
    passed: 1,
    failed: 1,
    knownFailing: 1,
    skipped: 0,
    notApplicable: 2,
  });
});

test("toMarkdown() writes clients by cases, and why something was not passed", () => {
  const lines = toMarkdown([RESULT, SKIPPED]).split("\n");
  expect(lines).toContain("| Python (`apps/python`) | python 3.13 | 1 | 1 | 1 | 0 | 2 |");
  expect(lines).toContain("| Rust (`apps/rust`) | not installed | 0 | 0 | 0 | 1 | 0 |");
  expect(lines).toContain("| reads a \\| b | ✓ |  |");
  expect(lines).toContain("| reads c | ✗ | skipped |");
  expect(lines).toContain("- Python, 2 cases: – it has no relay");
  expect(lines).toContain('- Python, "stops": known the library hangs');
});

test("toSummary() names what failed", () => {
  expect(toSummary([RESULT])).toBe(
    "python         1 passed, 1 failed, 1 known failing, 0 skipped, 2 not applicable (python 3.13)\n" +
      "  ✗ reads c: it read d",
  );
});
