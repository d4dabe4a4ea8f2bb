import type { Context, MiddlewareHandler } from "hono";
import { cors } from "hono/cors";
import { isLoopback } from "./loopback.ts";
import { Problem } from "./problem.ts";

/** Refuses what no route wants: bodies where none belongs, and pages that may not use this relay. */
export function createGuard(rules: {
  readonly isOpen: boolean;
  readonly origins: readonly string[];
}): readonly MiddlewareHandler[] {
  const answer = cors({
    origin: [...rules.origins],
    allowMethods: ["GET", "POST"],
    allowHeaders: ["authorization", "last-event-id"],
    maxAge: 600,
  });
  const check: MiddlewareHandler = async (context, next) => {
    context.res.headers.set("x-content-type-options", "nosniff");
    // A name that somebody else made point to this machine (DNS rebinding).
    if (rules.isOpen && !isLoopback(host(context))) {
      throw new Problem(
        403,
        "host-not-allowed",
        "Without keys, only requests to localhost or 127.0.0.1 are answered.",
      );
    }
    checkOrigin(context, rules.origins);
    checkBody(context);
    await next();
  };
  return [answer, check];
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

/** Browsers say which page asks. Others say nothing, and are not stopped here. */
function checkOrigin(context: Context, origins: readonly string[]): void {
  const origin = context.req.header("origin");
  if (origin === undefined || origins.includes(origin) || isSameOrigin(origin, host(context))) return;
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
