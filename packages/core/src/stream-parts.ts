import type { Clock } from "./clock.ts";
import type { Config } from "./config.ts";
import type { Log } from "./log.ts";
import type { Token } from "./token.ts";
import type { Transport } from "./transport.ts";

/** The part of the configuration that the connection needs. */
export type StreamConfig = Pick<
  Config,
  | "brokerUrl"
  | "filters"
  | "clientId"
  | "keepAliveSeconds"
  | "backoff"
  | "protocolVersion"
  | "receiveMaximum"
  | "sessionExpirySeconds"
  | "brokerQueue"
  | "share"
>;

/** The parts that a stream is made of. */
export interface StreamParts {
  /** From `parseConfig()`. */
  readonly config: StreamConfig;
  /** Called anew at each connect, so that a rotated token needs no restart. */
  readonly readToken: () => Token | Promise<Token>;
  /** `createMqttTransport()` of `@tesa/core/mqtt`. */
  readonly transport: Transport;
  /** `systemClock` of `@tesa/core/mqtt`. */
  readonly clock: Clock;
  /** Numbers from 0 up to 1, for the jitter of the backoff. */
  readonly random: () => number;
  /** Where messages go first; only then are they acknowledged. */
  readonly log: Log;
}
