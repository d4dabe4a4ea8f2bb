import { type Clock, TesaError } from "@tesa/core";
import { quoteAnswer, readAnswerText } from "./answer-text.ts";
import type { EncodedBatch } from "./batch.ts";
import { connectionFailure, findTesaError } from "./connection-failure.ts";
import type { WebhookFetch } from "./fetch.ts";
import { parseRetryAfter } from "./retry-schedule.ts";
import type { WebhookSigner } from "./sign.ts";
import type { WebhookTarget } from "./target.ts";
import { pauseAdvice, type Verdict, verdictOf } from "./verdict.ts";

/** What became of one request. */
export type Outcome =
  | { readonly verdict: "delivered" }
  | {
      readonly verdict: Exclude<Verdict, "delivered">;
      readonly error: TesaError;
      readonly retryAfterMs?: number;
    };

/** What a request is sent with. */
export interface PostOptions {
  readonly target: WebhookTarget;
  readonly signer: WebhookSigner;
  readonly fetch: WebhookFetch;
  readonly clock: Clock;
  readonly timeoutMs: number;
}

/**
 * Sends a batch once, with the time of now and a new signature, and says what became of it. Rejects only with the reason
 * of `signal`.
 */
export async function post(options: PostOptions, batch: EncodedBatch, signal: AbortSignal): Promise<Outcome> {
  const { target, signer, fetch, clock, timeoutMs } = options;
  signal.throwIfAborted();
  const now = clock.now();
  const headers = await signer.headers({ ...batch, now });
  const controller = new AbortController();
  let timedOut = false;
  const stopTimer = clock.setTimer(timeoutMs, () => {
    timedOut = true;
    controller.abort();
  });
  const onAbort = () => controller.abort(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    const response = await fetch(target.url, {
      method: "POST",
      headers: { ...headers, "content-type": "application/json", "user-agent": "tesa-webhook" },
      body: batch.body,
      redirect: "manual",
      signal: controller.signal,
    });
    const text = await readAnswerText(response.body, clock);
    return outcomeOf(response.status, { text, headers: response.headers, target, now: clock.now() });
  } catch (error) {
    signal.throwIfAborted();
    if (timedOut) return { verdict: "down", error: timeoutError(target, timeoutMs) };
    return failureOutcome(error, target);
  } finally {
    stopTimer();
    signal.removeEventListener("abort", onAbort);
  }
}

interface Answer {
  readonly text: string;
  readonly headers: { get(name: string): string | null };
  readonly target: WebhookTarget;
  readonly now: number;
}

function outcomeOf(status: number, { text, headers, target, now }: Answer): Outcome {
  const verdict = verdictOf(status);
  if (verdict === "delivered") return { verdict };
  const quoted = quoteAnswer(text);
  const said = `The webhook receiver ${target.shown} answered ${status === 0 ? "with a redirect" : status}${quoted === "" ? "" : `: ${quoted}`}`;
  const options = { retryable: verdict === "down", ...(status === 0 ? {} : { reasonCode: status }) };
  if (verdict === "paused") {
    const advice = pauseAdvice(status, headers.get("location"));
    return { verdict, error: new TesaError("output", `${said}. ${advice}.`, options) };
  }
  const error = new TesaError("output", `${said}.`, options);
  const retryAfterMs = verdict === "down" ? parseRetryAfter(headers.get("retry-after"), now) : undefined;
  return { verdict, error, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

function timeoutError(target: WebhookTarget, timeoutMs: number): TesaError {
  const message = `The webhook receiver ${target.shown} did not answer within ${timeoutMs} ms.`;
  return new TesaError("network", message, { retryable: true });
}

/** No answer at all: the receiver is down, unless the address itself was refused. */
function failureOutcome(error: unknown, target: WebhookTarget): Outcome {
  const refused = findTesaError(error);
  if (refused !== undefined) return { verdict: "paused", error: refused };
  const { code, reason } = connectionFailure(error);
  const message = `The webhook receiver ${target.shown} could not be reached: ${reason}.`;
  return { verdict: "down", error: new TesaError(code, message, { retryable: true, cause: error }) };
}
