import type { Clock, TelemetryStream } from "@tesa/core";
import type { TelemetryLog } from "@tesa/log";
import type { UpgradeWebSocket } from "hono/ws";
import type { OpenByteStream } from "./http/web-outlet.ts";
import type { RingLimits } from "./hub/event-ring.ts";
import type { RelaySecret } from "./keys/secrets.ts";

/** What a relay is made with. */
export interface RelayOptions {
  readonly log: TelemetryLog;
  /** `systemClock` of `@tesa/core/mqtt`. */
  readonly clock: Clock;
  /** The stream that fills the log, for the event `state` and for `/readyz`. @default none: `idle` */
  readonly stream?: UpstreamSource | undefined;
  /** Who may come in: holders of keys made with these secrets, or everybody on this machine. */
  readonly access: RelayAccess;
  /** The address that the server is bound to: what is on the loopback interface is open to this machine only. */
  readonly hostname: string;
  /** The origins of web pages that may use the relay, such as `https://app.example.com`. @default the relay's own only */
  readonly origins?: readonly string[];
  readonly limits?: Partial<RelayLimits>;
  /** The command by which keys of this relay are made, for the answer to who comes without. @default "tesa relay key" */
  readonly keyCommand?: string;
  /** Opens WebSockets: hono's helper for the runtime. @default `/v1/ws` answers 501 */
  // biome-ignore lint/suspicious/noExplicitAny: each runtime has a socket type of its own, of which nothing is needed.
  readonly upgradeWebSocket?: UpgradeWebSocket<any>;
  /** Opens the body of a stream; `createNodeStreams()` of `@tesa/relay/node` writes to the socket. @default a `ReadableStream` */
  readonly openStream?: OpenByteStream;
  /** Told of what failed and is tried again, or ended a client. @default nobody */
  readonly onFailure?: (error: unknown) => void;
}

/** What the relay wants to know of a stream; `counts` are for `/metrics`. */
export type UpstreamSource = Pick<TelemetryStream, "state" | "status"> &
  Partial<Pick<TelemetryStream, "counts">>;

/** `keys`: a key with each request. `open`: no keys, only where bind and `Host` are loopback. */
export type RelayAccess =
  | {
      readonly type: "keys";
      /** Of `parseRelaySecrets()`. */
      readonly secrets: readonly RelaySecret[];
      /** The organisation whose telemetry is in the log; keys of others are refused. @default that of any key */
      readonly organisation?: string | undefined;
    }
  | { readonly type: "open" };

/** What a relay allows. */
export interface RelayLimits {
  /** Live clients in all. @default 10,000 */
  readonly clients: number;
  /** Live clients with the same key. @default 1,000 */
  readonly clientsPerKey: number;
  /** Messages between where a client left off and now; one that missed more is told so. @default 100,000 */
  readonly replay: number;
  /** What is kept in memory for those who are a little behind. @default 8,192 events, 32 MiB */
  readonly ring: RingLimits;
  /** Milliseconds of silence after which a heartbeat is sent. @default 15,000 */
  readonly heartbeatMs: number;
  /** Milliseconds after which a client is dropped that takes nothing. @default 30,000 */
  readonly stallMs: number;
}

export const DEFAULT_LIMITS: RelayLimits = {
  clients: 10_000,
  clientsPerKey: 1_000,
  replay: 100_000,
  ring: { maxEvents: 8_192, maxBytes: 32 * 1024 * 1024 },
  heartbeatMs: 15_000,
  stallMs: 30_000,
};
