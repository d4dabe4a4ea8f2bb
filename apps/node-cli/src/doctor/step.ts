import type { TesaErrorCode } from "@tesa/core";

/** The steps, in the order in which they are taken. The names stand in `--json` reports and are never renamed. */
export const STEP_NAMES = [
  "configuration",
  "token",
  "dns",
  "tcp",
  "tls",
  "upgrade",
  "connack",
  "suback",
  "first-message",
  "clock-skew",
] as const;

export type StepName = (typeof STEP_NAMES)[number];

/** Details for machines. Plain JSON values. */
export type StepData = Readonly<Record<string, unknown>>;

/** A step that found nothing wrong. */
export interface Passed<Value> {
  readonly status: "ok";
  readonly value: Value;
  readonly detail: string;
  readonly data?: StepData;
}

/** A step that found something which works, and deserves a look all the same. */
export interface Warned<Value> {
  readonly status: "warning";
  readonly value: Value;
  readonly detail: string;
  readonly cause: string;
  readonly action: string;
  readonly data?: StepData;
}

/** A step that does not apply, such as TLS on a `ws://` address. */
export interface NotUsed<Value> {
  readonly status: "skipped";
  readonly value: Value;
  readonly detail: string;
  readonly data?: StepData;
}

/** A step that failed; the ones after it cannot be taken. */
export interface Failed {
  readonly status: "failed";
  /** Gives the exit code, by the same table as for every other command. */
  readonly code: TesaErrorCode;
  /** What happened. */
  readonly detail: string;
  /** The likely reason. Lines are separated by `\n`. */
  readonly cause: string;
  /** What to do about it. */
  readonly action: string;
  readonly data?: StepData;
}

export type Outcome<Value> = Passed<Value> | Warned<Value> | NotUsed<Value> | Failed;

/** How long a step may take. The signal aborts when the time is over and when the whole examination is called off. */
export interface Limits {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** One thing to examine. */
export interface Step<Input, Value> {
  readonly name: StepName;
  /** Looks. When the signal aborts it cleans up and rejects with the signal's reason. */
  run(input: Input, limits: Limits): Promise<Outcome<Value>>;
  /** What it means that the time was over before `run` had an answer. */
  timedOut(input: Input, timeoutMs: number): Failed;
}

/** Settles as the promise does, or rejects with the signal's reason, whichever comes first. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

/** `1500` as `1.5 s`, `30000` as `30 s`, `80` as `80 ms`. */
export function formatDuration(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${Number((ms / 1_000).toFixed(1))} s`;
}
