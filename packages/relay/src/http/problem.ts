import type { Context } from "hono";
import type { StatusCode } from "hono/utils/http-status";

/** What went wrong with a request, for programs; the names are part of the API. */
export type ProblemCode =
  | "unknown-route"
  | "method-not-allowed"
  | "bad-request"
  | "bad-parameter"
  | "bad-event-id"
  | "cursor-gone"
  | "key-missing"
  | "key-invalid"
  | "key-expired"
  | "organisation-not-allowed"
  | "scope-missing"
  | "device-not-allowed"
  | "ticket-invalid"
  | "origin-not-allowed"
  | "host-not-allowed"
  | "too-many-clients"
  | "not-available"
  | "not-ready"
  | "log-failed"
  | "internal";

const TITLES: Readonly<Record<number, string>> = {
  400: "Bad request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not found",
  405: "Method not allowed",
  410: "Gone",
  426: "Upgrade required",
  429: "Too many requests",
  500: "Internal error",
  501: "Not implemented",
  503: "Service unavailable",
};

/** An answer other than 2xx, thrown from wherever it is found out. `detail` is for people and holds no secret. */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly status: number;
  readonly code: ProblemCode;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: ProblemCode,
    detail: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(detail);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

/** The answer as `application/problem+json` (RFC 9457), with `code` as an extension. */
export function problemResponse(context: Context, { status, code, message, headers }: Problem): Response {
  const body = { type: "about:blank", title: TITLES[status] ?? "Error", status, detail: message, code };
  return context.newResponse(`${JSON.stringify(body)}\n`, status as StatusCode, {
    ...headers,
    "content-type": "application/problem+json",
    "cache-control": "no-store",
  });
}
