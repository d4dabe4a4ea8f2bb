import { expect, test } from "vitest";
import { INTERRUPTED, runExamination, type StepReport } from "./examination.ts";
import type { Outcome, Step } from "./step.ts";

const never = () => new AbortController().signal;

/** A step that gives this outcome, or waits for ever. */
function step(
  name: Step<undefined, undefined>["name"],
  outcome?: Outcome<undefined>,
): Step<undefined, undefined> {
  return {
    name,
    run: (_input, { signal }) =>
      outcome === undefined
        ? new Promise((_resolve, reject) => {
            signal.addEventListener("abort", () => reject(signal.reason), { once: true });
          })
        : Promise.resolve(outcome),
    timedOut: (_input, timeoutMs) => ({
      status: "failed",
      code: "connect-timeout",
      detail: `over after ${timeoutMs} ms`,
      cause: "c",
      action: "a",
    }),
  };
}

const OK: Outcome<undefined> = { status: "ok", value: undefined, detail: "fine" };

test("an examination reports each step as it ends and the ones not taken as not reached", async () => {
  const told: StepReport[] = [];
  const failed: Outcome<undefined> = { status: "failed", code: "dns", detail: "d", cause: "c", action: "a" };
  const diagnosis = await runExamination(
    { timeoutMs: 1_000, signal: never() },
    { onReport: (report) => told.push(report) },
    async (check) => {
      await check(step("configuration", OK), undefined);
      await check(step("token", failed), undefined);
      throw new Error("A step after a failed one was taken.");
    },
  );
  expect(diagnosis).toMatchObject({ ok: false, exitCode: 69 });
  expect(diagnosis.steps).toEqual(told);
  expect(diagnosis.steps).toHaveLength(10);
  expect(diagnosis.steps.slice(0, 3).map(({ status }) => status)).toEqual(["ok", "failed", "skipped"]);
});

test("a step that takes too long fails with its own words", async () => {
  const diagnosis = await runExamination({ timeoutMs: 5, signal: never() }, {}, async (check) => {
    await check(step("configuration"), undefined);
  });
  expect(diagnosis.exitCode).toBe(69);
  expect(diagnosis.steps[0]).toMatchObject({ status: "failed", detail: "over after 5 ms" });
});

test("an abort ends the step under way, and nothing is claimed to be well", async () => {
  const abort = new AbortController();
  const diagnosis = await runExamination({ timeoutMs: 60_000, signal: abort.signal }, {}, async (check) => {
    await check(step("configuration", OK), undefined);
    queueMicrotask(() => abort.abort());
    await check(step("token"), undefined);
  });
  expect(diagnosis).toMatchObject({ ok: false, exitCode: INTERRUPTED });
  expect(diagnosis.steps[1]).toMatchObject({ status: "skipped", detail: "interrupted" });
});

test("an error that no step foresaw is not taken for a finding", async () => {
  const examination = runExamination({ timeoutMs: 1_000, signal: never() }, {}, async (check) => {
    await check({ ...step("configuration"), run: () => Promise.reject(new TypeError("bug")) }, undefined);
  });
  await expect(examination).rejects.toThrow("bug");
});
