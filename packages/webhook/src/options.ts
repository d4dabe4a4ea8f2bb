import { type Clock, TesaError } from "@tesa/core";
import type { TelemetryLog } from "@tesa/log";
import type { WebhookFetch } from "./fetch.ts";
import { hashText } from "./lane-of.ts";
import { DEFAULT_SCHEDULE } from "./retry-schedule.ts";
import { findSecretProblems } from "./sign.ts";
import { parseTarget, type WebhookTarget } from "./target.ts";

/** To whom is sent, and with what. */
export interface WebhookOptions {
  /** `https://...`; `http://` only where the host is private (see the README). */
  readonly url: string;
  /** `whsec_` and base64 of 24 to 64 bytes; several while they are being changed: each signs. */
  readonly secret: string | readonly string[];
  readonly log: TelemetryLog;
  readonly clock: Clock;
  /** @default the global `fetch`, which cannot check the addresses that host names lead to */
  readonly fetch?: WebhookFetch;
  /**
   * Under which name places and dead letters are kept: letters, digits, `.`, `_` and `-`, at the most 64. With a name
   * the URL may change and the place is kept.
   *
   * @default the host and a short hash of the URL
   */
  readonly name?: string;
  /** How long to wait for an answer, in milliseconds. @default 15,000 */
  readonly timeoutMs?: number;
}

/** Options of `openWebhookForwarder()`. */
export interface WebhookForwarderOptions extends WebhookOptions {
  /** Gives numbers from 0 up to 1: chance shortens the waits. */
  readonly random: () => number;
  /** How many requests may be under way at once, 1 to 64; each device belongs to one lane. @default 4 */
  readonly lanes?: number;
  /** Messages in a request, 1 to 1,000. @default 100 */
  readonly batchSize?: number;
  /** Bytes of a request's body, 1,000 or more; a single message may be larger. @default 90,000 */
  readonly maxBatchBytes?: number;
  /** How long, in milliseconds, a batch that is not full may grow after the one before it. @default 100 */
  readonly lingerMs?: number;
  /** The waits after failed tries, in milliseconds. @default DEFAULT_SCHEDULE, seconds up to a day, three days in all */
  readonly schedule?: readonly number[];
  /** So many messages refused one after the other, and none taken, pause a lane. @default 1,000 */
  readonly maxRefusedInARow?: number;
  /** Called with the places of the log, from and to, that retention had emptied before. */
  readonly onMissed?: (range: { readonly from: number; readonly to: number }) => void;
}

/** 90 kB: many receivers take no more than 100 kB (body-parser's default). */
const DEFAULT_MAX_BATCH_BYTES = 90_000;
const DEFAULT_TIMEOUT_MS = 15_000;

/** The options of a request, checked. */
export interface CheckedWebhook {
  readonly target: WebhookTarget;
  /** `webhook:<name>` */
  readonly reader: string;
  readonly fetch: WebhookFetch;
  readonly timeoutMs: number;
}

/** @throws TesaError `config`, every problem at once */
export function checkWebhook(
  options: Omit<WebhookOptions, "log">,
  moreProblems: readonly string[] = [],
): CheckedWebhook {
  const { url, secret, name, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const send: WebhookFetch = options.fetch ?? ((to, init) => fetch(to, init));
  const target = parseTarget(url, { checksAddresses: send.checksAddresses ?? false });
  const problems = [...target.problems, ...findSecretProblems(secret)];
  if (name !== undefined && !/^[A-Za-z0-9._-]{1,64}$/.test(name)) {
    problems.push("name has other characters than letters, digits, . _ and -, or more than 64");
  }
  problems.push(...numberProblems({ timeoutMs }, 1, 600_000), ...moreProblems);
  if (problems.length > 0) {
    throw new TesaError("config", `The webhook cannot be used: ${problems.join("; ")}.`, { problems });
  }
  return { target, reader: `webhook:${name ?? defaultName(target.url)}`, fetch: send, timeoutMs };
}

/** The options of a forwarder that have defaults. */
export type CheckedForwarder = CheckedWebhook &
  Required<
    Pick<
      WebhookForwarderOptions,
      "lanes" | "batchSize" | "maxBatchBytes" | "lingerMs" | "schedule" | "maxRefusedInARow"
    >
  >;

/** @throws TesaError `config`, every problem at once */
export function checkForwarder(options: WebhookForwarderOptions): CheckedForwarder {
  const lanes = options.lanes ?? 4;
  const batchSize = options.batchSize ?? 100;
  const maxBatchBytes = options.maxBatchBytes ?? DEFAULT_MAX_BATCH_BYTES;
  const lingerMs = options.lingerMs ?? 100;
  const schedule = options.schedule ?? DEFAULT_SCHEDULE;
  const maxRefusedInARow = options.maxRefusedInARow ?? 1_000;
  const problems = [
    ...numberProblems({ lanes }, 1, 64),
    ...numberProblems({ batchSize }, 1, 1_000),
    ...numberProblems({ maxBatchBytes }, 1_000, 100_000_000),
    ...numberProblems({ lingerMs }, 0, 60_000),
    ...numberProblems({ maxRefusedInARow }, 1, Number.MAX_SAFE_INTEGER),
    ...schedule.flatMap((step, index) => numberProblems({ [`schedule[${index}]`]: step }, 0, 86_400_000)),
  ];
  const checked = checkWebhook(options, problems);
  return { ...checked, lanes, batchSize, maxBatchBytes, lingerMs, schedule, maxRefusedInARow };
}

function numberProblems(named: Readonly<Record<string, number>>, min: number, max: number): string[] {
  return Object.entries(named).flatMap(([name, value]) =>
    Number.isInteger(value) && value >= min && value <= max
      ? []
      : [`${name} is ${value}; use a whole number from ${min} to ${max}`],
  );
}

/** The path may be a secret: only a hash of it is kept. */
function defaultName(url: string): string {
  const { host } = new URL(url);
  return `${host.replaceAll(/[^A-Za-z0-9.-]/g, "_")}-${hashText(url).toString(16).padStart(8, "0")}`;
}
