import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What became of a case. */
export type Outcome = "passed" | "failed" | "known-failing" | "skipped" | "not-applicable";

export interface CaseResult {
  readonly group: string;
  readonly name: string;
  readonly outcome: Outcome;
  /** Why it was not passed, in a few words. */
  readonly reason?: string;
}

/** What became of an app. */
export interface ClientResult {
  readonly client: string;
  readonly title: string;
  /** Such as `node 24.21.0`; `null` where it is not installed. */
  readonly runtime: string | null;
  readonly cases: readonly CaseResult[];
}

/** The variable that names the folder for results, one JSON file for each app; not set: nobody wants them. */
export const RESULTS_VARIABLE = "TESA_CONFORMANCE_RESULTS";

export function writeResult(result: ClientResult): void {
  const folder = process.env[RESULTS_VARIABLE];
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${result.client}.json`), JSON.stringify(result));
}

export function readResults(folder: string): readonly ClientResult[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".json"))
    .sort()
    .map((file) => JSON.parse(readFileSync(join(folder, file), "utf8")));
}
