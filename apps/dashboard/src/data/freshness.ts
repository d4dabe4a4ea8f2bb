import type { Pace } from "./pace.ts";
import type { Reception } from "./reception.ts";

/**
 * How fresh a device, or one of its sensors, is: sending as usual, overdue, or silent for long. `unknown`: nothing is being
 * received, or again for too short a time to tell.
 */
export type Freshness = "live" | "quiet" | "silent" | "unknown";

/** Measured by its own pace: these many of its intervals, and at least these many milliseconds. */
const QUIET = { intervals: 4, ms: 15_000 };
const SILENT = { intervals: 12, ms: 60_000 };

/** From when on it counts as quiet and as silent, in milliseconds since it was seen last. */
export function freshnessLimits({ intervalMs }: Pick<Pace, "intervalMs">): {
  readonly quietMs: number;
  readonly silentMs: number;
} {
  const interval = intervalMs ?? 0;
  return {
    quietMs: Math.max(QUIET.ms, interval * QUIET.intervals),
    silentMs: Math.max(SILENT.ms, interval * SILENT.intervals),
  };
}

/**
 * How fresh a device or a sensor is at a time, by the clock that stamped its messages. It is judged by the time during which
 * the page was receiving: after an outage it gets its usual time to speak again, unless it was overdue before.
 */
export function freshnessOf(pace: Pace, now: number, reception: Reception): Freshness {
  const { startedAt } = reception;
  if (startedAt === null || !reception.isUp) return "unknown";
  const { quietMs, silentMs } = freshnessLimits(pace);
  // Of a device that is known only by what the broker had in store, nothing is known from before.
  const wasSeen = pace.lastSeen > Number.NEGATIVE_INFINITY;
  const since = wasSeen ? pace.lastSeen : startedAt;
  let silenceMs = now - since;
  if (silenceMs < quietMs) return wasSeen ? "live" : "unknown";
  const outage = reception.lastSince(since);
  if (outage !== undefined) {
    const beforeMs = reception.receivedMs(since, outage.from);
    silenceMs = now - outage.to;
    if (beforeMs >= quietMs) silenceMs += beforeMs;
    else if (silenceMs < quietMs) return "unknown";
  }
  return silenceMs < silentMs ? "quiet" : "silent";
}
