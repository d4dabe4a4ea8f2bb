import type { BackoffPolicy } from "./backoff.ts";
import type { Token } from "./token.ts";

/** Where the token comes from. A file is read anew at each connect, so that a rotated token needs no restart. */
export type TokenSource =
  | { readonly type: "value"; readonly token: Token }
  | { readonly type: "file"; readonly path: string };

/** A checked configuration. */
export interface Config {
  /** `wss://host:port/path`, or `ws://` on loopback; never with user, password, query or fragment. */
  readonly brokerUrl: string;
  readonly token: TokenSource;
  /** Topic filters, at least one. */
  readonly filters: readonly string[];
  /** `undefined`: the session's own random one. */
  readonly clientId: string | undefined;
  readonly keepAliveSeconds: number;
  readonly backoff: BackoffPolicy;
  /** PEM file of a CA to trust instead of the system's. */
  readonly caCertPath: string | undefined;
  /** `auto`: MQTT 5, and 3.1.1 when the broker knows no 5. */
  readonly protocolVersion: "auto" | 4 | 5;
  readonly receiveMaximum: number;
  readonly sessionExpirySeconds: number;
}
