import { TesaError, type TesaErrorCode } from "../errors.ts";

const CODES: Readonly<Record<string, TesaErrorCode>> = {
  ENOTFOUND: "dns",
  EAI_AGAIN: "dns",
  EAI_NODATA: "dns",
  EAI_NONAME: "dns",
  CERT_HAS_EXPIRED: "tls-expired",
  CERT_NOT_YET_VALID: "tls-expired",
  ERR_TLS_CERT_ALTNAME_INVALID: "tls-host-name",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "tls-untrusted",
  UNABLE_TO_GET_ISSUER_CERT: "tls-untrusted",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "tls-untrusted",
  SELF_SIGNED_CERT_IN_CHAIN: "tls-untrusted",
  DEPTH_ZERO_SELF_SIGNED_CERT: "tls-untrusted",
  CERT_UNTRUSTED: "tls-untrusted",
  CERT_SIGNATURE_FAILURE: "tls-untrusted",
  INVALID_CA: "tls-untrusted",
  ERR_SSL_UNSUPPORTED_PROTOCOL: "tls-version",
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: "tls-version",
  ERR_SSL_NO_PROTOCOLS_AVAILABLE: "tls-version",
};

/** What each failure means to somebody who wants to connect, and what to do. */
function explain(code: TesaErrorCode, host: string, detail: string): string {
  switch (code) {
    case "dns":
      return `The host name of ${host} has no address (${detail}). Check MQTT_BROKER_URL and the network.`;
    case "tls-expired":
      return `The certificate of ${host} has expired or is not valid yet (${detail}). Check this machine's clock; else the server's operator must renew it.`;
    case "tls-host-name":
      return `The certificate of ${host} is for another host name (${detail}). Use the name that the certificate has in MQTT_BROKER_URL.`;
    case "tls-untrusted":
      return `The certificate of ${host} is signed by an authority that is not trusted here (${detail}). If it is your own CA, set CA_CERT_PATH to its PEM file.`;
    case "tls-version":
      return `${host} offers no TLS version from 1.2 on (${detail}). The server must be updated.`;
    case "tls":
      return `The TLS handshake with ${host} failed (${detail}). Check that the port in MQTT_BROKER_URL is the one of wss.`;
    default:
      return `No connection to ${host} (${detail}). Check MQTT_BROKER_URL, the network and any firewall.`;
  }
}

/**
 * Turns what a socket reports into the error that users see.
 *
 * @param host `name:port`, for the message.
 */
export function networkError(cause: unknown, host: string): TesaError {
  const error = innermost(cause);
  const systemCode = "code" in error && typeof error.code === "string" ? error.code : "";
  const code = CODES[systemCode] ?? tlsCode(systemCode, error.message) ?? "network";
  const detail = describe(code, systemCode, shorten(error.message));
  const retryable = code === "dns" || code === "network" || code === "tls";
  return new TesaError(code, explain(code, host, detail), { retryable, cause });
}

/** Each part once: Node's messages often begin with the code, and give advice of their own on certificates. */
function describe(code: TesaErrorCode, systemCode: string, message: string): string {
  if (code === "tls-host-name" || code === "tls-expired" || code === "tls-untrusted") return systemCode;
  if (systemCode === "" || message.includes(systemCode)) return message;
  return `${systemCode}: ${message}`;
}

/** OpenSSL's own failures; some come as a system error whose only sign is in the message. */
function tlsCode(systemCode: string, message: string): TesaErrorCode | undefined {
  if (systemCode === "EPROTO" && /alert protocol version|unsupported protocol/.test(message))
    return "tls-version";
  if (systemCode === "EPROTO" || systemCode.startsWith("ERR_SSL_") || systemCode.startsWith("ERR_TLS_"))
    return "tls";
  return undefined;
}

/** A host with several addresses fails with one error for each; the last one speaks for all. */
function innermost(cause: unknown): Error {
  if (cause instanceof AggregateError) return innermost(cause.errors.at(-1));
  return cause instanceof Error ? cause : new Error(String(cause));
}

/** OpenSSL's messages are full of file names and numbers; the reason stands behind the name of its function. */
function shorten(message: string): string {
  const reason = /SSL routines:[^:]*:([^:]+)/.exec(message)?.[1] ?? message.split("\n", 1)[0] ?? "";
  return reason.length > 160 ? `${reason.slice(0, 157)}...` : reason;
}
