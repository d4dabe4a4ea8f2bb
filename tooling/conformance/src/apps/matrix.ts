import type { CaseResult, ClientResult, Outcome } from "./results.ts";

/** How many cases of an app came to what. */
export interface Counts {
  readonly client: string;
  readonly passed: number;
  readonly failed: number;
  readonly knownFailing: number;
  readonly skipped: number;
  readonly notApplicable: number;
}

export function countsOf({ client, cases }: ClientResult): Counts {
  const count = (outcome: Outcome) => cases.filter((each) => each.outcome === outcome).length;
  return {
    client,
    passed: count("passed"),
    failed: count("failed"),
    knownFailing: count("known-failing"),
    skipped: count("skipped"),
    notApplicable: count("not-applicable"),
  };
}

const SIGNS: Readonly<Record<Outcome, string>> = {
  passed: "✓",
  failed: "✗",
  "known-failing": "known",
  skipped: "skipped",
  "not-applicable": "–",
};

/** The matrix, clients by cases, as a Markdown document. */
export function toMarkdown(results: readonly ClientResult[]): string {
  const groups = [...new Set(results.flatMap(({ cases }) => cases.map(({ group }) => group)))];
  return [
    "# Conformance of the apps",
    "",
    "One black-box suite, run on every app: what it is and how to run it is in",
    "[`tooling/conformance`](../tooling/conformance#the-apps). This file is written by `pnpm conformance`.",
    "",
    ...totals(results),
    ...groups.flatMap((group) => ["", `## ${group}`, "", ...groupTable(results, group)]),
    "",
    `${SIGNS.passed} passes, ${SIGNS.failed} fails, ${SIGNS["not-applicable"]} not applicable,`,
    "*known*: fails as its `known-failing.json` says, *skipped*: its runtime was not installed.",
    "",
    ...reasons(results),
  ].join("\n");
}

function totals(results: readonly ClientResult[]): string[] {
  return table([
    ["app", "ran on", "passed", "failed", "known failing", "skipped", "not applicable"],
    ...results.map((result) => {
      const { passed, failed, knownFailing, skipped, notApplicable } = countsOf(result);
      const numbers = [passed, failed, knownFailing, skipped, notApplicable].map(String);
      return [`${result.title} (\`apps/${result.client}\`)`, result.runtime ?? "not installed", ...numbers];
    }),
  ]);
}

function groupTable(results: readonly ClientResult[], group: string): string[] {
  const names = new Set(
    results.flatMap(({ cases }) => cases.filter((each) => each.group === group).map(({ name }) => name)),
  );
  return table([
    ["", ...results.map(({ title }) => title)],
    ...[...names].map((name) => [
      escapeCell(name),
      ...results.map(({ cases }) => {
        const found = cases.find((each) => each.group === group && each.name === name);
        return found === undefined ? "" : SIGNS[found.outcome];
      }),
    ]),
  ]);
}

/** Why something was not passed, each reason once. */
function reasons(results: readonly ClientResult[]): string[] {
  const lines = results.flatMap(({ title, cases }) => {
    const told = cases.filter(({ outcome }) => outcome !== "passed");
    const byReason = Map.groupBy(told, ({ outcome, reason = "" }) => `${SIGNS[outcome]} ${reason}`);
    return [...byReason].map(([reason, each]) => `- ${title}, ${ofCases(each)}: ${reason}`);
  });
  return lines.length === 0 ? [] : ["## Why not", "", ...lines, ""];
}

function ofCases(cases: readonly CaseResult[]): string {
  const [first] = cases;
  return cases.length === 1 && first !== undefined ? `"${first.name}"` : `${cases.length} cases`;
}

function table([head = [], ...rows]: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)];
}

function escapeCell(text: string): string {
  return text.replaceAll("|", "\\|");
}

/** What a terminal shows: totals, and every case that failed. */
export function toSummary(results: readonly ClientResult[]): string {
  return results
    .flatMap((result) => {
      const { passed, failed, knownFailing, skipped, notApplicable } = countsOf(result);
      const failures = result.cases.filter(({ outcome }) => outcome === "failed");
      return [
        `${result.client.padEnd(14)} ${passed} passed, ${failed} failed, ${knownFailing} known failing, ${skipped} skipped, ` +
          `${notApplicable} not applicable (${result.runtime ?? "not installed"})`,
        ...failures.map(({ name, reason }) => `  ✗ ${name}: ${reason}`),
      ];
    })
    .join("\n");
}
