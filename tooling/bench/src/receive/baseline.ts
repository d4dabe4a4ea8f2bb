import { readFile, writeFile } from "node:fs/promises";
import type { Spread } from "../statistics.ts";
import { RATIOS, type RatioName } from "./ratios.ts";

/** The ratios of an earlier run; `null` where a variant did not run. */
export type Baseline = Readonly<Record<RatioName, number | null>>;

/** A ratio that is worse than it was. */
export interface Regression {
  readonly name: RatioName;
  readonly before: number;
  readonly now: number;
}

/** A ratio has lost this share of what it was: then it is reported. */
const REPORTED_LOSS = 0.1;

/** Those ratios that lost a tenth or more. */
export function findRegressions(
  baseline: Partial<Baseline>,
  ratios: Readonly<Record<RatioName, Spread | null>>,
): Regression[] {
  return ratioNames().flatMap((name) => {
    const before = baseline[name] ?? null;
    const now = ratios[name]?.median ?? null;
    if (before === null || now === null || now > before * (1 - REPORTED_LOSS)) return [];
    return [{ name, before, now }];
  });
}

/** What is to be reached: what was asked for at first, or more where it has been reached before. */
export function goalOf(name: RatioName, baseline: Partial<Baseline>): number {
  return Math.max(RATIOS[name].goal, baseline[name] ?? 0);
}

export function ratioNames(): RatioName[] {
  return Object.keys(RATIOS) as RatioName[];
}

/** @throws Error when there is a file that cannot be read */
export async function readBaseline(file: URL): Promise<Partial<Baseline>> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "{}";
    throw error;
  });
  return JSON.parse(text);
}

/** Keeps the medians, two decimals each. */
export async function writeBaseline(
  file: URL,
  ratios: Readonly<Record<RatioName, Spread | null>>,
): Promise<void> {
  const rounded = ratioNames().map((name) => {
    const ratio = ratios[name];
    return [name, ratio === null ? null : Math.round(ratio.median * 100) / 100];
  });
  await writeFile(file, `${JSON.stringify(Object.fromEntries(rounded), null, 2)}\n`);
}
