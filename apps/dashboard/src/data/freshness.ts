import type { Device } from "./fleet-store.ts";

/** How fresh a device is: sending as usual, overdue, or silent for long. */
export type Freshness = "live" | "quiet" | "silent";

/** Measured by the device's own pace: these many of its intervals, and at least these many milliseconds. */
const QUIET = { intervals: 4, ms: 15_000 };
const SILENT = { intervals: 12, ms: 60_000 };

/** From when on a device counts as quiet and as silent, in milliseconds since its last message. */
export function freshnessLimits({ intervalMs }: Pick<Device, "intervalMs">): {
  readonly quietMs: number;
  readonly silentMs: number;
} {
  const interval = intervalMs ?? 0;
  return {
    quietMs: Math.max(QUIET.ms, interval * QUIET.intervals),
    silentMs: Math.max(SILENT.ms, interval * SILENT.intervals),
  };
}

/** How fresh a device is at a time, by the clock that stamped its messages. */
export function freshnessOf(device: Pick<Device, "intervalMs" | "lastSeen">, now: number): Freshness {
  const age = now - device.lastSeen;
  const { quietMs, silentMs } = freshnessLimits(device);
  if (age < quietMs) return "live";
  return age < silentMs ? "quiet" : "silent";
}
