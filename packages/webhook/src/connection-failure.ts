import { TesaError, type TesaErrorCode } from "@tesa/core";
import { quoteAnswer } from "./answer-text.ts";

/** What the runtimes call the failures of a connection; what is not here is `network`. */
const CODES: readonly (readonly [RegExp, TesaErrorCode])[] = [
  [/^(ENOTFOUND|EAI_)/, "dns"],
  [/^CERT_(HAS_EXPIRED|NOT_YET_VALID)$/, "tls-expired"],
  [/^ERR_TLS_CERT_ALTNAME_INVALID$/, "tls-host-name"],
  [/SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)|^CERT_UNTRUSTED$/, "tls-untrusted"],
  [/UNSUPPORTED_PROTOCOL|PROTOCOL_VERSION/, "tls-version"],
  // EPROTO is how Node says that the other side speaks no TLS.
  [/^EPROTO$|CERT|TLS|SSL/, "tls"],
];

/** Says what kept a request from being answered: a code, and a few words for the message. */
export function connectionFailure(error: unknown): { readonly code: TesaErrorCode; readonly reason: string } {
  const reason = reasonOf(error);
  return { code: CODES.find(([pattern]) => pattern.test(reason))?.[1] ?? "network", reason };
}

/** The error that a checking `fetch` threw, if it did. */
export function findTesaError(error: unknown): TesaError | undefined {
  for (const cause of causes(error)) if (cause instanceof TesaError) return cause;
  return undefined;
}

/** The code of a system error where there is one (`ECONNREFUSED`), else the innermost message. */
function reasonOf(error: unknown): string {
  let reason = quoteAnswer(String(error));
  for (const cause of causes(error)) {
    if ("code" in cause && typeof cause.code === "string") return cause.code;
    reason = quoteAnswer(cause.message);
  }
  return reason;
}

/** Runtimes hand on the error of the connection as the cause of their own. */
function* causes(error: unknown): Generator<Error> {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) yield at;
}
