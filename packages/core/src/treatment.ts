import type { TesaError, TesaErrorCode } from "./errors.ts";

/** What a failed or lost connection leads to: the end, a next attempt by backoff, or one at the longest wait. */
export type Treatment = "end" | "backoff" | "slow";

/** What has happened before, as far as it matters. */
export interface ConnectionHistory {
  /** Whether the broker has accepted this very token and its filters before (in an earlier process too). */
  readonly accepted: boolean;
  /** Whether to wait for a broker that cannot be reached at the first attempt. */
  readonly wait: boolean;
  /** Whether this process has been connected. */
  readonly everLive: boolean;
}

/** Refusals that no waiting mends when they come first, but that may be an outage when it has worked before. */
const REFUSALS: ReadonlySet<TesaErrorCode> = new Set([
  "token-refused",
  "subscription-refused",
  "client-id-refused",
  "protocol-version",
  "tls-expired",
  "tls-host-name",
  "tls-untrusted",
  "tls-version",
]);

/** Nothing that time alone can change. */
const TERMINAL: ReadonlySet<TesaErrorCode> = new Set(["config", "usage", "taken-over", "output"]);

/**
 * Decides what follows a failure.
 *
 * A refusal at the first connect ends: it is a mistake that somebody must mend, and trying on would only hide it. After
 * the same token had been accepted it is retried slowly, because the codes of a refused token are also those of an
 * outage of the platform's authentication, and such an outage must not end every client in production.
 */
export function treatmentOf(error: TesaError, history: ConnectionHistory): Treatment {
  if (TERMINAL.has(error.code)) return "end";
  if (!history.everLive && !history.wait) return "end";
  const isRefusal = REFUSALS.has(error.code) || (error.code === "upgrade-refused" && !error.retryable);
  if (isRefusal) return history.accepted ? "slow" : "end";
  return "backoff";
}
