import type { Context } from "hono";
import { Problem } from "../http/problem.ts";
import type { RelayParts } from "../parts.ts";

/** `GET /healthz`: the process answers. */
export function healthRoute(context: Context): Response {
  return context.json({ status: "ok" });
}

/**
 * `GET /readyz`: the log can be read, and its stream has been live and has not ended. A broker that is away for a while is
 * no reason to send clients away, who would miss history, replay and the news of it.
 */
export async function readyRoute({ hub, options }: RelayParts, context: Context): Promise<Response> {
  const { type } = hub.upstream.current;
  if (
    options.stream !== undefined &&
    (!hub.upstream.hasBeenLive || type === "refused" || type === "closed")
  ) {
    throw new Problem(503, "not-ready", `The stream from the platform is ${type}.`);
  }
  try {
    await options.log.bounds();
  } catch {
    throw new Problem(503, "not-ready", "The log cannot be read.");
  }
  return context.json({ status: "ready" });
}
