import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { noteForReport } from "@tesa/workspace/vitest";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Bed } from "./bed.ts";
import type { Case } from "./case.ts";
import { CASES } from "./cases/index.ts";
import { type Capability, type Manifest, readKnownFailing, readManifest, type Trait } from "./manifest.ts";
import { type CaseResult, writeResult } from "./results.ts";
import { findRuntime, isRequired } from "./runtimes.ts";

/** What a case may take, in milliseconds: several waits, each with a limit of its own, on a busy machine. */
const CASE_TIMEOUT_MS = 90_000;
const BUILD_TIMEOUT_MS = 900_000;

/**
 * Registers the black-box suite for the app in this folder with vitest.
 *
 * @example
 * ```ts
 * await testClient(import.meta.dirname);
 * ```
 */
export async function testClient(folder: string): Promise<void> {
  const manifest = readManifest(folder);
  const known = new Map(readKnownFailing(folder).map((entry) => [entry.case, entry.reason]));
  const runtime = await findRuntime(manifest);
  const results: CaseResult[] = [];
  const note = (result: CaseResult) => results.push(result);
  afterAll(() => {
    const version = runtime.type === "present" ? runtime.version : null;
    writeResult({
      client: manifest.client,
      title: manifest.title,
      runtime: version,
      cases: inOrder(results),
    });
  });
  for (const [group, cases] of Object.entries(CASES)) {
    for (const { name, needs = [] } of cases) {
      const reason = whyNotApplicable(manifest, needs);
      if (reason !== null) note({ group, name, outcome: "not-applicable", reason });
      else if (runtime.type === "missing") note({ group, name, outcome: "skipped", reason: runtime.reason });
    }
  }
  if (runtime.type === "missing") {
    missing(manifest, runtime.reason);
    return;
  }
  noteForReport(`conformance: ${manifest.client} on ${runtime.version}`);
  describe.concurrent(`${manifest.title} (${runtime.version})`, () => {
    beforeAll(() => build(manifest), BUILD_TIMEOUT_MS);
    for (const [group, cases] of Object.entries(CASES)) {
      for (const each of cases) {
        if (whyNotApplicable(manifest, each.needs ?? []) !== null) continue;
        test(`${manifest.client} ${each.name}`, { timeout: CASE_TIMEOUT_MS }, async () => {
          await runCase({ manifest, group, each, note, knownReason: known.get(each.name) });
        });
      }
    }
  });
  test("known-failing.json names cases that there are and that apply", () => {
    const applicable = Object.values(CASES)
      .flat()
      .filter(({ needs = [] }) => whyNotApplicable(manifest, needs) === null)
      .map(({ name }) => name);
    const unknown = [...known.keys()].filter((name) => !name.includes("/") && !applicable.includes(name));
    expect(unknown).toEqual([]);
  });
}

interface CaseRun {
  readonly manifest: Manifest;
  readonly group: string;
  readonly each: Case;
  readonly note: (result: CaseResult) => void;
  readonly knownReason: string | undefined;
}

/** One that is known to fail has to fail: when it passes, its entry is out of date. */
async function runCase({ manifest, group, each, note, knownReason }: CaseRun): Promise<void> {
  const { name } = each;
  const failure = await attempt(manifest, each);
  if (knownReason === undefined) {
    if (failure === null) return note({ group, name, outcome: "passed" });
    note({ group, name, outcome: "failed", reason: firstLine(failure) });
    throw failure;
  }
  if (failure !== null) return note({ group, name, outcome: "known-failing", reason: knownReason });
  note({ group, name, outcome: "failed", reason: "it passes, but stands in known-failing.json" });
  throw new Error(`"${name}" passes: take it out of known-failing.json.`);
}

/** Runs a case on an app. Gives why it failed, with what the app had said; `null` if it did not. */
export async function attempt(manifest: Manifest, { platform, run }: Case): Promise<Error | null> {
  try {
    await using bed = await Bed.open(manifest, platform);
    try {
      await run(bed);
    } catch (error) {
      throw withOutput(asError(error), bed);
    }
    return null;
  } catch (error) {
    return asError(error);
  }
}

const SHOWN_OUTPUT = 4_000;

/** What an app has said is the first thing that one looks for when it fails. */
function withOutput(error: Error, bed: Bed): Error {
  if (bed.stderr.trim() === "") return error;
  error.message += `\n--- standard error of the app:\n${bed.stderr.slice(-SHOWN_OUTPUT)}`;
  return error;
}

function whyNotApplicable(manifest: Manifest, needs: readonly (Capability | Trait)[]): string | null {
  for (const need of needs) {
    const lacked = manifest.lacks[need as Trait];
    if (lacked !== undefined) return lacked;
    if (need === "lines" && manifest.output === "relay") return "its messages go over the relay";
    const isCapability = ["stream", "faults", "durable", "webhook", "relay"].includes(need);
    if (isCapability && !manifest.capabilities.includes(need as Capability)) return `it has no ${need}`;
  }
  return null;
}

function missing({ client, requires }: Manifest, reason: string): void {
  noteForReport(`conformance: ${client} was skipped: ${reason}`);
  test(`${client} need not run on this machine`, () => {
    if (isRequired(requires)) throw new Error(`TESA_REQUIRE names ${requires}, but ${reason}.`);
  });
  test.skip(`${client}: ${reason}`, () => {});
}

async function build({ build: command, folder }: Manifest): Promise<void> {
  if (command === undefined) return;
  const [program = "", ...args] = command;
  await promisify(execFile)(program, args, { cwd: folder, maxBuffer: 64 * 1_048_576 });
}

/** Cases that ran at once were noted as they ended. */
function inOrder(results: readonly CaseResult[]): readonly CaseResult[] {
  const places = new Map(
    Object.entries(CASES)
      .flatMap(([group, cases]) => cases.map(({ name }) => `${group}/${name}`))
      .map((key, place) => [key, place]),
  );
  const place = ({ group, name }: CaseResult) => places.get(`${group}/${name}`) ?? 0;
  return [...results].sort((a, b) => place(a) - place(b));
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

function firstLine({ message }: Error): string {
  return message.split("\n")[0]?.slice(0, 200) ?? "";
}
