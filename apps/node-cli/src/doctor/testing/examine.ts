import { Writable } from "node:stream";
import { expect } from "vitest";
import { type Diagnosis, runDoctor, type StepName, type StepReport } from "../index.ts";
import { STEP_NAMES } from "../step.ts";

/** Visibly fake. No output may hold it. */
export const TOKEN = "tesa_mqtt_acme_FAKEFAKEFAKEFAKEFAKEFAKEFAKE0001";

export type Settings = Readonly<Record<string, string | undefined>>;

export interface ExamineOptions {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  readonly json?: boolean;
  readonly colour?: boolean;
  /** Told of each piece as it is written. */
  readonly onOutput?: (text: string) => void;
}

export interface Examined {
  readonly exitCode: number;
  readonly output: string;
}

/** Runs the doctor as the command line does and makes sure that its output does not hold the token. */
export async function examine(settings: Settings, options: ExamineOptions = {}): Promise<Examined> {
  const { timeoutMs = 5_000, signal = new AbortController().signal, json = false, colour = false } = options;
  const record: Settings = { MQTT_API_TOKEN: TOKEN, ...settings };
  let output = "";
  const stdout = new Writable({
    write(chunk, _encoding, done) {
      output += chunk;
      options.onOutput?.(String(chunk));
      done();
    },
  });
  const label = (name: string) => name;
  const exitCode = await runDoctor({ record, label, json, colour, stdout, timeoutMs, signal });
  for (const secret of [TOKEN, (record.MQTT_API_TOKEN ?? "").trim()]) {
    if (secret !== "") expect(output).not.toContain(secret);
  }
  return { exitCode, output };
}

/** The same with `--json`, and its report parsed. */
export async function diagnose(settings: Settings, options: ExamineOptions = {}): Promise<Diagnosis> {
  const { exitCode, output } = await examine(settings, { ...options, json: true });
  expect(output.trimEnd().split("\n")).toHaveLength(1);
  const diagnosis: Diagnosis = JSON.parse(output);
  expect(diagnosis.exitCode).toBe(exitCode);
  expect(diagnosis.ok).toBe(exitCode === 0);
  expect(diagnosis.steps.map(({ name }) => name)).toEqual(STEP_NAMES);
  return diagnosis;
}

/** Checks that this step failed with advice, that none before it did, and that the ones after it were not reached. */
export function expectFailureAt(diagnosis: Diagnosis, name: StepName, exitCode: number): StepReport {
  const index = STEP_NAMES.indexOf(name);
  const failed = stepOf(diagnosis, name);
  expect(diagnosis.steps.find(({ status }) => status === "failed")?.name).toBe(name);
  expect(failed.cause).toMatch(/\w/);
  expect(failed.action).toMatch(/\w/);
  for (const later of diagnosis.steps.slice(index + 1)) {
    expect(later).toMatchObject({ status: "skipped", detail: "not reached", ms: 0 });
  }
  expect(diagnosis.exitCode).toBe(exitCode);
  return failed;
}

/** The report of one step. */
export function stepOf(diagnosis: Diagnosis, name: StepName): StepReport {
  const step = diagnosis.steps.find((candidate) => candidate.name === name);
  if (step === undefined) throw new Error(`There is no step ${name}.`);
  return step;
}
