import type { SessionState } from "../data/session.ts";
import type { LinkState, Problem } from "../source/source.ts";
import type { Text } from "../text/en.ts";

/** Which of the two links is worth telling of: the page's own until it is live, then that of the relay. */
export function leadingLink({ link, upstream }: SessionState): {
  readonly link: LinkState;
  readonly isUpstream: boolean;
} {
  if (link.type !== "live" || upstream === null || upstream.type === "live")
    return { link, isUpstream: false };
  return { link: upstream, isUpstream: true };
}

/** What is wrong, in the page's language; in the other side's own words where the page has none. */
export function problemWords(problem: Problem, text: Text): string {
  return text.problem[problem.code] ?? problem.message ?? text.unknownProblem;
}

export type Tone = "ok" | "warn" | "bad" | "idle";

export function toneOf({ type }: LinkState): Tone {
  if (type === "live") return "ok";
  if (type === "refused" || type === "closed") return "bad";
  return type === "waiting" ? "warn" : "idle";
}

export const DOT: Readonly<Record<Tone, string>> = {
  ok: "bg-dot-ok text-dot-ok",
  warn: "bg-dot-warn text-dot-warn",
  bad: "bg-bad text-bad",
  idle: "bg-dot-bad text-dot-bad animate-pulse",
};
