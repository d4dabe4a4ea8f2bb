/**
 * What went wrong, as a closed set. The names are part of the API: they stand in `--json` reports and are matched by
 * callers, so one is never renamed.
 */
export type TesaErrorCode =
  /** A configuration value is missing or wrong; `problems` lists every one. */
  | "config"
  /** The broker refused the credentials (CONNACK 4 or 5; 0x86 or 0x87). */
  | "token-refused"
  /** The broker refused a topic filter (SUBACK 0x80 or more, or it closed the connection instead of answering). */
  | "subscription-refused"
  /** No SUBACK came. EMQX does that while its authorization back end hangs. */
  | "subscription-timeout"
  /** Another client connected with the same client id (DISCONNECT 0x8E). */
  | "taken-over"
  /** The broker speaks no version of MQTT that was offered (CONNACK 1; 0x84). */
  | "protocol-version"
  /** The broker refused the client id (CONNACK 2; 0x85). */
  | "client-id-refused"
  /** The broker is there but will not serve now (CONNACK 3; 0x88, 0x89, 0x97, 0x9F), or refused without a known reason. */
  | "broker-unavailable"
  /** The host name has no address. */
  | "dns"
  /** No TCP connection (refused, unreachable, reset). */
  | "network"
  /** The server's certificate has expired, or is not valid yet. */
  | "tls-expired"
  /** The server's certificate is for another host name. */
  | "tls-host-name"
  /** The server's certificate is signed by an authority that is not trusted. */
  | "tls-untrusted"
  /** The server offers no TLS version from 1.2 on. */
  | "tls-version"
  /** Any other failure of the TLS handshake. */
  | "tls"
  /** The server answered the WebSocket upgrade with another HTTP status (wrong path or subprotocol, a proxy). */
  | "upgrade-refused"
  /** The connection did not come to life in time. */
  | "connect-timeout"
  /** The connection ended after it had been established. */
  | "connection-lost"
  /** No answer to a PINGREQ: the connection was half open. */
  | "keep-alive-timeout"
  /** A packet that MQTT does not allow, or one larger than agreed. */
  | "protocol"
  /** The log could not store what came. */
  | "log"
  /** The output could not be written. */
  | "output"
  /** The time given by `--timeout` is over. */
  | "timeout"
  /** The API or the command line was used wrongly. */
  | "usage";

/** Options of {@link TesaError}. */
export interface TesaErrorOptions {
  /** Whether the same attempt may succeed later without anybody changing anything. @default false */
  readonly retryable?: boolean;
  /** The MQTT reason code or the HTTP status, where the remote side gave one. */
  readonly reasonCode?: number;
  /** One line for each thing that is wrong, where there are several. */
  readonly problems?: readonly string[];
  readonly cause?: unknown;
}

/**
 * The one error of this project. Its message says what failed, with which value (never a token), and what to do next.
 */
export class TesaError extends Error {
  override readonly name = "TesaError";
  readonly code: TesaErrorCode;
  readonly retryable: boolean;
  readonly reasonCode: number | undefined;
  readonly problems: readonly string[];

  constructor(code: TesaErrorCode, message: string, options: TesaErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.reasonCode = options.reasonCode;
    this.problems = options.problems ?? [];
  }
}
