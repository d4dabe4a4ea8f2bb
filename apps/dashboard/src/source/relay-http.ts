import type { StoredGap } from "../data/fleet-store.ts";
import { type Incoming, toIncoming } from "../data/incoming.ts";
import { elementTexts, memberText } from "../data/json-text.ts";
import type { HistoryQuery, Problem } from "./source.ts";

/** How the relay is reached. The key is asked for at each request and stands in the Authorization header only. */
export interface RelayAccess {
  /** `http://host:port`, without a slash at its end. */
  readonly baseUrl: string;
  readonly readKey: () => string | null;
  readonly fetch: typeof fetch;
}

/** The relay answered, and said no. */
export class RelayRefusal extends Error {
  override readonly name = "RelayRefusal";
  readonly status: number;
  readonly problem: Problem;
  /** Seconds, from Retry-After. */
  readonly retryAfter: number | null;

  constructor(status: number, problem: Problem, retryAfter: number | null) {
    super(problem.message ?? problem.code);
    this.status = status;
    this.problem = problem;
    this.retryAfter = retryAfter;
  }

  /** Whether the same request may work later without anybody doing anything. */
  get retryable(): boolean {
    return this.status >= 500 || this.status === 408 || this.status === 425 || this.status === 429;
  }
}

/** Asks the relay. @throws RelayRefusal where it does not answer with 200; TypeError where it cannot be reached */
export async function requestRelay(
  { baseUrl, readKey, fetch }: RelayAccess,
  path: string,
  { signal, headers = {} }: { readonly signal?: AbortSignal; readonly headers?: Record<string, string> } = {},
): Promise<Response> {
  const key = readKey();
  const response = await fetch(`${baseUrl}${path}`, {
    headers: { ...headers, ...(key !== null && key !== "" && { Authorization: `Bearer ${key}` }) },
    cache: "no-store",
    credentials: "omit",
    referrerPolicy: "no-referrer",
    ...(signal !== undefined && { signal }),
  });
  if (response.ok && !isPage(response)) return response;
  throw await refusalOf(response);
}

/** A server that knows no `/v1` may answer with its start page. */
function isPage(response: Response): boolean {
  return response.headers.get("content-type")?.startsWith("text/html") === true;
}

const CODES: Readonly<Record<number, string>> = {
  401: "relay-key-refused",
  403: "relay-scope",
  404: "relay-not-found",
  421: "relay-host-refused",
  429: "relay-busy",
};

async function refusalOf(response: Response): Promise<RelayRefusal> {
  const { status } = response;
  const code =
    CODES[status] ??
    (status >= 500 ? "relay-unavailable" : response.ok ? "relay-not-found" : "relay-refused");
  const retryAfter = Number(response.headers.get("retry-after") ?? "x");
  return new RelayRefusal(
    status,
    { code, message: await detailOf(response) },
    Number.isFinite(retryAfter) ? retryAfter : null,
  );
}

/** What the relay says about it (RFC 9457). */
async function detailOf(response: Response): Promise<string | null> {
  if (response.headers.get("content-type")?.includes("json") !== true) {
    await response.body?.cancel();
    return null;
  }
  try {
    const { detail, title } = (await response.json()) as {
      readonly detail?: unknown;
      readonly title?: unknown;
    };
    const text = typeof detail === "string" ? detail : title;
    return typeof text === "string" ? text.slice(0, 500) : null;
  } catch {
    // The status says enough.
    return null;
  }
}

/** The newest message of each device, and how far this page's clock is ahead of the relay's, in milliseconds. */
export interface Roster {
  readonly latest: readonly Incoming[];
  readonly clockAheadMs: number;
}

/** A difference of clocks below this is the network's. */
const CLOCK_NOISE_MS = 2_500;

export async function readRoster(
  access: RelayAccess,
  now: () => number,
  signal: AbortSignal,
): Promise<Roster> {
  const response = await requestRelay(access, "/v1/devices", { signal });
  // Not readable from another origin; then the clocks are taken to agree.
  const relayTime = Date.parse(response.headers.get("date") ?? "");
  const ahead = Number.isNaN(relayTime) ? 0 : now() - relayTime;
  const json = await response.text();
  const { devices } = JSON.parse(json) as { readonly devices?: unknown };
  const texts = elementTexts(memberText(json, "devices") ?? "");
  const latest = (Array.isArray(devices) ? devices : []).flatMap((device, index) => {
    const line = memberText(texts[index] ?? "", "latest") ?? undefined;
    return toIncoming((device as { readonly latest?: unknown } | null)?.latest, line) ?? [];
  });
  return { latest, clockAheadMs: Math.abs(ahead) < CLOCK_NOISE_MS ? 0 : ahead };
}

export async function readGaps(access: RelayAccess, signal: AbortSignal): Promise<readonly StoredGap[]> {
  const response = await requestRelay(access, "/v1/gaps", { signal });
  const { gaps } = (await response.json()) as { readonly gaps?: unknown };
  return (Array.isArray(gaps) ? gaps : []).flatMap((gap) => toGap(gap) ?? []);
}

/** A gap as the relay tells it; `null` where it is none. */
export function toGap(content: unknown): StoredGap | null {
  if (typeof content !== "object" || content === null) return null;
  const { kind, from, to } = content as Readonly<Record<string, unknown>>;
  if (kind !== "certain" && kind !== "possible" && kind !== "removed") return null;
  return {
    kind,
    from: typeof from === "number" ? from : null,
    to: typeof to === "number" ? to : null,
  };
}

/** The most that a relay gives at once. */
const PAGE_MESSAGES = 1_000;

/** Reads history page by page, oldest first. */
export async function* readHistory(
  access: RelayAccess,
  { device, from, to, signal }: HistoryQuery,
): AsyncGenerator<readonly Incoming[]> {
  let cursor: string | null = null;
  do {
    const query: URLSearchParams = new URLSearchParams({
      device,
      from: String(Math.floor(from)),
      to: String(Math.ceil(to)),
      limit: String(PAGE_MESSAGES),
      ...(cursor !== null && { cursor }),
    });
    const response: Response = await requestRelay(access, `/v1/telemetry?${query}`, { signal });
    const json = await response.text();
    const { messages, next } = JSON.parse(json) as { readonly messages?: unknown; readonly next?: unknown };
    // As the device wrote them: what was parsed has lost digits.
    const lines = elementTexts(memberText(json, "messages") ?? "");
    const page = Array.isArray(messages)
      ? messages.flatMap((message, index) => toIncoming(message, lines[index]) ?? [])
      : [];
    yield page;
    cursor = typeof next === "string" && next !== cursor ? next : null;
  } while (cursor !== null);
}
