import { expect, test } from "vitest";
import { addUpRuns } from "./run-total.ts";
import { summarise } from "./summary.ts";

const box = { name: "box", text: "lots of output\n7 passed, 0 failed, 2 skipped\n" };

test("addUpRuns() adds the runs up to one line", () => {
  const mosquitto = { name: "mosquitto", text: "5 passed, 0 failed\n" };
  expect(addUpRuns([box, mosquitto])).toEqual({ lines: ["12 passed, 0 failed, 2 skipped"], exitCode: 0 });
});

test("addUpRuns() reads the lines that summarise() writes", () => {
  const result = { name: "a", passed: 3, failed: 1, skipped: 2, notes: ["broker: box"] };
  const text = `${summarise([result], 0).lines.join("\n")}\n`;
  expect(addUpRuns([{ name: "box", text }])).toEqual({
    lines: ["3 passed, 1 failed, 2 skipped"],
    exitCode: 1,
  });
});

test("addUpRuns() takes the last summary of a run, also where the package manager adds a line", () => {
  const text = "1 passed, 0 failed\n4 passed, 0 failed\n ELIFECYCLE  Command failed with exit code 1.\n";
  expect(addUpRuns([{ name: "box", text }]).lines).toEqual(["4 passed, 0 failed"]);
});

test("addUpRuns() fails when a run has no summary, executed no test, or there is no run", () => {
  const crashed = addUpRuns([box, { name: "mosquitto", text: "Segmentation fault\n" }]);
  expect(crashed).toEqual({
    lines: ['The test run "mosquitto" ended without a summary.', "7 passed, 0 failed, 2 skipped"],
    exitCode: 1,
  });
  const empty = addUpRuns([box, { name: "mosquitto", text: "0 passed, 0 failed, 9 skipped\n" }]);
  expect(empty.lines[0]).toBe('The test run "mosquitto" executed no test.');
  expect(empty.exitCode).toBe(1);
  expect(addUpRuns([]).exitCode).toBe(1);
});

test("addUpRuns() counts no line that only looks like a summary", () => {
  expect(addUpRuns([{ name: "box", text: "  Tests  48 passed, 0 failed (48)\n" }]).exitCode).toBe(1);
});
