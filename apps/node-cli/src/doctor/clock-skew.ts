import { printable } from "@tesa/process";
import { type Message, nextPublish } from "./first-message.ts";
import type { MqttLink } from "./mqtt-link.ts";
import { formatDuration, type Limits, type Outcome, type Step } from "./step.ts";

export interface ClockSkewInput {
  readonly link: MqttLink;
  /** The messages that came already, none of them retained. */
  readonly messages: readonly Message[];
  /** How far the server's clock is ahead of this one by its `Date` header, in milliseconds; it counts whole seconds. */
  readonly serverAheadMs: number | undefined;
}

/** From here on a difference is reported: far beyond what a delivery takes, and what charts and alarms trip over. */
const WARN_BEYOND_MS = 60_000;
/** How many live messages are looked at, and for how long more are waited for after the first. */
const MAX_MESSAGES = 10;
const WINDOW_MS = 3_000;
const HALF_HOUR_MS = 1_800_000;

/** Step 10: how far the devices' time stamps are from this computer's clock. */
export const clockSkewStep: Step<ClockSkewInput, undefined> = {
  name: "clock-skew",
  async run(input, limits) {
    const messages = [...input.messages, ...(await collectMore(input, limits))];
    return judge(messages, input.serverAheadMs);
  },
  timedOut: (_input, timeoutMs) => ({
    status: "failed",
    code: "timeout",
    detail: `not done within ${formatDuration(timeoutMs)}`,
    cause: "This computer is too busy.",
    action: "Try again with a longer --timeout.",
  }),
};

/** More live messages, until there are enough, the window is over, or the connection ends. */
async function collectMore(
  { link, messages }: ClockSkewInput,
  { signal, timeoutMs }: Limits,
): Promise<readonly Message[]> {
  const more: Message[] = [];
  const window = new AbortController();
  const timer = setTimeout(() => window.abort(), Math.min(WINDOW_MS, timeoutMs / 2));
  try {
    const either = AbortSignal.any([signal, window.signal]);
    while (messages.length + more.length < MAX_MESSAGES) {
      const next = await nextPublish(link, either);
      // The first message has arrived, so the connection's end is nothing that this step has to judge.
      if ("status" in next) break;
      if (!next.retained) more.push(next);
    }
  } catch (error) {
    if (!window.signal.aborted) throw error;
  } finally {
    clearTimeout(timer);
  }
  return more;
}

/** One device: the smallest difference seen, since a delay makes a stamp only older. */
interface DeviceSkew {
  readonly device: string;
  /** The device's stamp less this computer's time at receipt: positive is in the future. */
  readonly skewMs: number;
  readonly assumedUtc: boolean;
}

function judge(messages: readonly Message[], serverAheadMs: number | undefined): Outcome<undefined> {
  const devices = skewByDevice(messages);
  const furthest = devices.reduce<DeviceSkew | undefined>(
    (worst, next) => (worst === undefined || Math.abs(next.skewMs) > Math.abs(worst.skewMs) ? next : worst),
    undefined,
  );
  const data = { messages: messages.length, serverAheadMs: serverAheadMs ?? null, devices };
  if (furthest === undefined) {
    const detail = `none of ${countOf(messages.length, "live message")} has a time stamp to compare`;
    return { status: "skipped", value: undefined, detail, data };
  }
  const seen = `${countOf(messages.length, "message")} of ${countOf(devices.length, "device")}`;
  const off = devices.filter(({ skewMs }) => Math.abs(skewMs) > WARN_BEYOND_MS);
  if (off.length === 0) {
    const detail = `time stamps differ by ${formatSpan(furthest.skewMs)} at most (${seen})`;
    return { status: "ok", value: undefined, detail, data };
  }
  const side = furthest.skewMs > 0 ? "in the future" : "in the past";
  return {
    status: "warning",
    value: undefined,
    detail: `device ${furthest.device} stamps ${formatSpan(furthest.skewMs)} ${side}; ${off.length} of ${countOf(devices.length, "device")} off (${seen})`,
    ...explain(furthest, devices, off, serverAheadMs),
    data,
  };
}

function skewByDevice(messages: readonly Message[]): readonly DeviceSkew[] {
  const devices = new Map<string, DeviceSkew>();
  for (const { deviceId, topic, timestamp, receivedAt, warnings } of messages) {
    if (timestamp === null) continue;
    const device = printable(deviceId ?? topic);
    const skewMs = timestamp - receivedAt;
    const known = devices.get(device);
    if (known !== undefined && Math.abs(known.skewMs) <= Math.abs(skewMs)) continue;
    devices.set(device, { device, skewMs, assumedUtc: warnings.includes("timestamp-assumed-utc") });
  }
  return [...devices.values()];
}

function explain(
  furthest: DeviceSkew,
  devices: readonly DeviceSkew[],
  off: readonly DeviceSkew[],
  serverAheadMs: number | undefined,
): { readonly cause: string; readonly action: string } {
  if (serverAheadMs !== undefined && Math.abs(serverAheadMs) > WARN_BEYOND_MS) {
    const side = serverAheadMs > 0 ? "behind" : "ahead of";
    return {
      cause: `This computer's clock is ${formatSpan(serverAheadMs)} ${side} the broker's.`,
      action: "Set this computer's clock (a time service keeps it right).",
    };
  }
  if (furthest.assumedUtc && isWholeHalfHours(furthest.skewMs)) {
    return {
      cause:
        "The stamps have no offset from UTC, are taken as UTC, and are a time zone off: the device sends its local time.",
      action: "Let the device send UTC with a Z at the end, or its offset, as in 2026-02-04T17:30:45+07:00.",
    };
  }
  if (off.length > 1 && off.length === devices.length && spread(off) < WARN_BEYOND_MS) {
    return {
      cause:
        "All devices are off by the same: more likely this computer's clock is wrong than all of theirs.",
      action: "Check this computer's clock (a time service keeps it right).",
    };
  }
  if (furthest.skewMs > 0) {
    return {
      cause:
        "No delay puts a stamp into the future: the device's clock is ahead, or this computer's is behind.",
      action: "Set the device's clock by a time service, and check this computer's.",
    };
  }
  return {
    cause:
      "The device's clock is behind (many begin in 1970 or 2000 after a restart), or it sends what it had stored.",
    action: "Set the device's clock by a time service. If it was away and catches up, this passes by itself.",
  };
}

function isWholeHalfHours(skewMs: number): boolean {
  const rest = Math.abs(skewMs) % HALF_HOUR_MS;
  return Math.abs(skewMs) > HALF_HOUR_MS / 2 && Math.min(rest, HALF_HOUR_MS - rest) <= WARN_BEYOND_MS;
}

function spread(devices: readonly DeviceSkew[]): number {
  const skews = devices.map(({ skewMs }) => skewMs);
  return Math.max(...skews) - Math.min(...skews);
}

function countOf(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

/** A length of time in one unit: `0.4 s`, `75 s`, `12 min`, `7 h`, `40 days`. The sign is dropped. */
function formatSpan(ms: number): string {
  const seconds = Math.abs(ms) / 1_000;
  if (seconds < 120) return `${Number(seconds.toFixed(1))} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Number((seconds / 3_600).toFixed(1))} h`;
  return `${Math.round(seconds / 86_400)} days`;
}
