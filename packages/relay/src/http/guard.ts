import type { Context, MiddlewareHandler } from "hono";
import { isLoopback } from "./loopback.ts";
import { Problem } from "./problem.ts";

/** What pages may send, for an hour without asking again: browsers ask before they send a key (Fetch Standard, CORS). */
const PREFLIGHT = {
  "access-control-allow-methods": "GET, POST",
  "access-control-allow-headers": "authorization, last-event-id",
  "access-control-max-age": "3600",
};

/** Refuses what no route wants: bodies where none belongs, and pages that may not use this relay. */
export function createGuard(rules: {
  readonly isOpen: boolean;
  readonly origins: readonly string[];
}): MiddlewareHandler {
  return async (context, next) => {
    // Set before the route, and not behind it: what answers by itself, or fails, has them too.
    context.header("x-content-type-options", "nosniff");
    context.header("vary", "Origin");
    // A name that somebody else made point to this machine (DNS rebinding).
    if (rules.isOpen && !isLoopback(host(context))) {
      throw new Problem(
        403,
        "host-not-allowed",
        "Without keys, only requests to localhost or 127.0.0.1 are answered.",
      );
    }
    const origin = allowedOrigin(context, rules.origins);
    if (origin !== null) context.header("access-control-allow-origin", origin);
    if (context.req.method === "OPTIONS") return context.body(null, 204, origin === null ? {} : PREFLIGHT);
    checkBody(context);
    return next();
  };
}

/** Whether the request came from this machine, and not through a proxy on it. */
export function isLocalRequest(context: Context, hostname: string): boolean {
  const forwarded = ["forwarded", "x-forwarded-for", "x-forwarded-host", "via"];
  return (
    isLoopback(hostname) &&
    isLoopback(host(context)) &&
    forwarded.every((name) => context.req.header(name) === undefined)
  );
}

/** The page's origin, if it needs leave and has it. Others than browsers name none, and are not stopped here. */
function allowedOrigin(context: Context, origins: readonly string[]): string | null {
  const origin = context.req.header("origin");
  if (origin === undefined || isSameOrigin(origin, host(context))) return null;
  if (origins.includes(origin)) return origin;
  throw new Problem(
    403,
    "origin-not-allowed",
    "Web pages of this origin may not use the relay. TESA_RELAY_ORIGINS lists those that may.",
  );
}

function isSameOrigin(origin: string, host: string): boolean {
  return URL.canParse(origin) && new URL(origin).host === host;
}

function checkBody(context: Context): void {
  const { method } = context.req;
  if (method !== "GET" && method !== "HEAD") return;
  const length = context.req.header("content-length");
  if ((length === undefined || length === "0") && context.req.header("transfer-encoding") === undefined)
    return;
  throw new Problem(400, "bad-request", `${method} takes no body.`);
}

function host(context: Context): string {
  return context.req.header("host") ?? new URL(context.req.url).host;
}
