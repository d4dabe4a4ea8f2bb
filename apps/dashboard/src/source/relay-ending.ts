import type { RelayRefusal } from "./relay-http.ts";
import type { Problem } from "./source.ts";

/** Why a connection ended; `refused` needs somebody to do something. */
export type Ending =
  | { readonly type: "again"; readonly problem: Problem; readonly afterMs: number | null }
  | { readonly type: "refused"; readonly problem: Problem };

/** It is tried again, after the usual wait. */
export function again(code: string): Ending & { readonly type: "again" } {
  return { type: "again", problem: { code, message: null }, afterMs: null };
}

/** How a relay that said no ends it: for good, or until the time that it told. */
export function endingOf(refusal: RelayRefusal): Ending {
  if (!refusal.retryable) return { type: "refused", problem: refusal.problem };
  const afterMs = refusal.retryAfter === null ? null : Math.max(1, refusal.retryAfter) * 1_000;
  return { type: "again", problem: refusal.problem, afterMs };
}
