import { EXIT_CODES } from "@tesa/core";
import type { Failed, Limits, Outcome, Step, StepData, StepName } from "./step.ts";
import { STEP_NAMES } from "./step.ts";

/** The exit code when the examination was called off: by SIGINT's convention, 128 + 2. Nothing has been proven then. */
export const INTERRUPTED = 130;

/** One step, as it is reported. */
export interface StepReport {
  readonly name: StepName;
  readonly status: "ok" | "warning" | "failed" | "skipped";
  /** How long it took; 0 for a step that was not taken. */
  readonly ms: number;
  readonly detail: string;
  readonly cause?: string;
  readonly action?: string;
  readonly data?: StepData;
}

/** What came out of all steps. */
export interface Diagnosis {
  /** Whether no step failed. Warnings do not count. */
  readonly ok: boolean;
  readonly exitCode: number;
  readonly steps: readonly StepReport[];
}

/** Told how it goes on. */
export interface ExaminationObserver {
  onStart?(name: StepName): void;
  onReport?(report: StepReport): void;
}

/** Takes a step and gives what it found. Rejects when the step failed: the steps after it need what it would have found. */
export type Check = <Input, Value>(step: Step<Input, Value>, input: Input) => Promise<Value>;

/** Thrown through the examination to end it; the report has been made by then. */
class Stopped extends Error {
  readonly exitCode: number;
  constructor(exitCode: number) {
    super("The examination ended at a step that failed.");
    this.exitCode = exitCode;
  }
}

/**
 * Runs `examine`, which takes the steps by the `check` it is given, each within its time. Steps that were not taken in
 * the end are reported as not reached.
 */
export async function runExamination(
  limits: Limits,
  observer: ExaminationObserver,
  examine: (check: Check) => Promise<void>,
): Promise<Diagnosis> {
  const steps: StepReport[] = [];
  const report = (entry: StepReport) => {
    steps.push(entry);
    observer.onReport?.(entry);
  };
  const check: Check = async (step, input) => {
    observer.onStart?.(step.name);
    const startedAt = performance.now();
    const outcome = await takeStep(step, input, limits);
    const ms = Math.round(performance.now() - startedAt);
    report(toReport(step.name, ms, outcome));
    if (outcome === "interrupted") throw new Stopped(INTERRUPTED);
    if (outcome.status === "failed") throw new Stopped(EXIT_CODES[outcome.code]);
    return outcome.value;
  };
  const exitCode = await examine(check).then(
    () => 0,
    (error: unknown) => {
      if (error instanceof Stopped) return error.exitCode;
      throw error;
    },
  );
  for (const name of STEP_NAMES.slice(steps.length)) {
    report({ name, status: "skipped", ms: 0, detail: "not reached" });
  }
  return { ok: exitCode === 0, exitCode, steps };
}

async function takeStep<Input, Value>(
  step: Step<Input, Value>,
  input: Input,
  { timeoutMs, signal }: Limits,
): Promise<Outcome<Value> | "interrupted"> {
  if (signal.aborted) return "interrupted";
  // Not AbortSignal.timeout(): its timer would not keep the process alive while a step waits for nothing else.
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(new Error("The step took too long.")), timeoutMs);
  try {
    const outcome = await step.run(input, { timeoutMs, signal: AbortSignal.any([signal, timeout.signal]) });
    return signal.aborted ? "interrupted" : outcome;
  } catch (error) {
    if (signal.aborted) return "interrupted";
    if (timeout.signal.aborted) return step.timedOut(input, timeoutMs);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function toReport<Value>(name: StepName, ms: number, outcome: Outcome<Value> | "interrupted"): StepReport {
  if (outcome === "interrupted") return { name, status: "skipped", ms, detail: "interrupted" };
  const { status, detail } = outcome;
  const advice = status === "warning" || status === "failed" ? adviceOf(outcome) : {};
  const data = dataOf(outcome);
  return { name, status, ms, detail, ...advice, ...(data === undefined ? {} : { data }) };
}

function adviceOf(outcome: { readonly cause: string; readonly action: string }) {
  return { cause: outcome.cause, action: outcome.action };
}

function dataOf<Value>(outcome: Outcome<Value>): StepData | undefined {
  if (outcome.status !== "failed") return outcome.data;
  const failed: Failed = outcome;
  return { code: failed.code, ...failed.data };
}
