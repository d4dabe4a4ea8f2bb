import type { LinkState } from "./source.ts";

/** The relay's own link to the broker, as its `state` event tells it; `undefined` where the event is none. */
export function toUpstream(content: unknown): LinkState | null | undefined {
  if (typeof content !== "object" || content === null) return undefined;
  const { type, since, retryAt, code, message } = content as Readonly<Record<string, unknown>>;
  const problem = {
    code: typeof code === "string" ? code : "unknown",
    message: typeof message === "string" ? message.slice(0, 500) : null,
  };
  switch (type) {
    case "live":
      return { type, since: typeof since === "number" ? since : 0 };
    case "connecting":
      return { type, attempt: 1 };
    case "waiting":
      return { type, problem, retryAt: typeof retryAt === "number" ? retryAt : null };
    case "refused":
      // A refusal that the relay tries again after is a wait, as it is where the page itself is refused.
      return typeof retryAt === "number" ? { type: "waiting", problem, retryAt } : { type, problem };
    case "closed":
      return { type, problem: code === null || code === undefined ? null : problem };
    case "idle":
      // It only serves what is in its log.
      return null;
    default:
      return undefined;
  }
}
