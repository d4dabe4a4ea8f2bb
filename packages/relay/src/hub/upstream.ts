import type { StreamState, TelemetryStream, TesaError } from "@tesa/core";

/** Every {@link UpstreamNotice} there is. `refused`: the platform refused token or subscription. */
export const UPSTREAM_TYPES = ["live", "waiting", "connecting", "refused", "closed", "idle"] as const;

/** How the relay stands with the platform; what the event `state` says. Times are epoch milliseconds. */
export interface UpstreamNotice {
  /** `idle`: nothing is streamed into this log by this process. */
  readonly type: (typeof UPSTREAM_TYPES)[number];
  readonly since: number;
  /** When the next attempt is; `null` where none is planned. */
  readonly retryAt: number | null;
  /** Why it is not live: a `TesaErrorCode`. */
  readonly code: string | null;
  readonly message: string | null;
}

/** Follows the state of a stream, as far as clients are told of it. */
export interface Upstream {
  readonly current: UpstreamNotice;
  /** Whether it has ever been live. */
  readonly hasBeenLive: boolean;
}

/** Begins to follow; without a stream it stays `idle`. Ends with the stream. */
export function followUpstream(
  stream: Pick<TelemetryStream, "state" | "status"> | undefined,
  { now, onChange }: { readonly now: () => number; readonly onChange: () => void },
): Upstream {
  let current = notice(stream?.state ?? { type: "idle" }, now());
  let hasBeenLive = current.type === "live";
  const follow = async (watched: Pick<TelemetryStream, "status">) => {
    for await (const state of watched.status()) {
      const next = notice(state, now());
      hasBeenLive ||= next.type === "live";
      if (next.type === current.type && next.retryAt === current.retryAt && next.code === current.code)
        continue;
      current = next;
      onChange();
    }
  };
  if (stream !== undefined) void follow(stream);
  return {
    get current() {
      return current;
    },
    get hasBeenLive() {
      return hasBeenLive;
    },
  };
}

function notice(state: StreamState, now: number): UpstreamNotice {
  switch (state.type) {
    case "idle":
      return plain("idle", now);
    case "connecting":
    case "subscribing":
      return plain("connecting", now);
    case "live":
      return plain("live", state.since);
    case "waiting":
      return {
        type: refusalOr("waiting", state.error),
        since: now,
        retryAt: state.until,
        ...reason(state.error),
      };
    case "draining":
      return plain("closed", now);
    case "closed":
      return { type: refusalOr("closed", state.error), since: now, retryAt: null, ...reason(state.error) };
  }
}

function plain(type: UpstreamNotice["type"], since: number): UpstreamNotice {
  return { type, since, retryAt: null, code: null, message: null };
}

function reason(error: TesaError | null): Pick<UpstreamNotice, "code" | "message"> {
  return { code: error?.code ?? null, message: error?.message ?? null };
}

function refusalOr<Type extends "waiting" | "closed">(type: Type, error: TesaError | null): Type | "refused" {
  return error?.code === "token-refused" || error?.code === "subscription-refused" ? "refused" : type;
}
