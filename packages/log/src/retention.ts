import { TesaError } from "@tesa/core";
import type { Retention } from "./telemetry-log.ts";

/** Removed at once, at the most: so that an append that trims is never held for long. */
export const TRIM_ROWS = 2_000;
/** The most payload and topic removed at once, in bytes, unless a single message is larger. */
export const TRIM_BYTES: number = 64 * 1024 * 1024;

/** @throws TesaError `usage` if a limit is no positive number, or the rows are no whole number */
export function checkedRetention(retention: Retention): Retention {
  const problems = [
    ...findProblems("maxAgeMs", retention.maxAgeMs),
    ...findProblems("maxRows", retention.maxRows),
    ...findProblems("maxBytes", retention.maxBytes),
  ];
  if (problems.length === 0) return retention;
  throw new TesaError("usage", `The retention cannot be used: ${problems.join("; ")}.`, { problems });
}

function findProblems(name: string, limit: number | undefined): string[] {
  if (limit === undefined || (Number.isSafeInteger(limit) && limit > 0)) return [];
  return [`${name} is ${limit}: give a whole number of at least 1, or leave it out for no limit`];
}
