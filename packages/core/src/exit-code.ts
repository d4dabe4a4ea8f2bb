import type { TesaError, TesaErrorCode } from "./errors.ts";

/** The exit codes of every app; numbers from 64 on are those of BSD's sysexits.h, 124 is that of timeout(1). */
export const EXIT_CODES: Readonly<Record<TesaErrorCode, number>> = {
  usage: 64,
  dns: 69,
  network: 69,
  "tls-expired": 69,
  "tls-host-name": 69,
  "tls-untrusted": 69,
  "tls-version": 69,
  tls: 69,
  "upgrade-refused": 69,
  "connect-timeout": 69,
  "connection-lost": 69,
  "keep-alive-timeout": 69,
  "broker-unavailable": 69,
  "protocol-version": 69,
  "subscription-timeout": 69,
  protocol: 69,
  log: 74,
  output: 74,
  "taken-over": 75,
  "token-refused": 77,
  "subscription-refused": 77,
  config: 78,
  "client-id-refused": 78,
  timeout: 124,
};

/** The exit code that an error leads to; 0 for none. */
export function exitCodeFor(error: TesaError | null): number {
  return error === null ? 0 : EXIT_CODES[error.code];
}
