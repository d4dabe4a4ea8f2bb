import type { TesaErrorCode } from "@tesa/core";
import { formatDuration } from "./step.ts";

/** Refusals that come later than this are more likely an outage: EMQX waits up to about 6 s for its back end. */
const SLOW_REFUSAL_MS = 3_000;

export interface RefusalAdvice {
  /** The code in words. */
  readonly name: string;
  readonly cause: string;
  readonly action: string;
}

/**
 * What a refusal means and what to do.
 *
 * @param code of CONNACK, in either version of MQTT
 * @param afterMs how long the broker took to refuse
 */
export function adviceForRefusal(kind: TesaErrorCode, code: number, afterMs: number): RefusalAdvice {
  if (code === 0x8a) {
    return {
      name: "banned",
      cause: "The broker has banned this address or user, which it does for a while after many refusals.",
      action:
        "Stop whatever connects with an old token, wait some minutes, then ask whoever runs the platform.",
    };
  }
  if (kind === "token-refused") {
    const name = code === 4 || code === 0x86 ? "bad user name or password" : "not authorised";
    const outage =
      afterMs < SLOW_REFUSAL_MS
        ? "An outage of the platform's authentication has the same code."
        : `It took ${formatDuration(afterMs)}: more likely the platform's authentication is out of order, which has the same code.`;
    return {
      name,
      cause: `The platform does not know the token, or it has expired (90 days by default) or was revoked. ${outage}`,
      action:
        "Look the token up in the Admin UI (Organization Settings > MQTT API Tokens) and make a new one if it is gone or old. If it is valid there, try again in some minutes.",
    };
  }
  if (kind === "protocol-version") {
    return {
      name: "protocol version not supported",
      cause: "The broker does not speak this version of MQTT.",
      action: "Set TESA_PROTOCOL_VERSION to auto.",
    };
  }
  if (kind === "client-id-refused") {
    return {
      name: "client id not valid",
      cause:
        "The broker takes only certain client ids; the doctor's is a random one that begins with tesa-doctor-.",
      action: "Ask whoever runs the broker which client ids it takes.",
    };
  }
  return {
    name: REASON_NAMES[code] ?? "will not serve",
    cause:
      "The broker is there but will not serve now: it is starting, overloaded, in maintenance, or at a limit.",
    action: "Try again in some minutes; if it stays so, tell whoever runs the platform.",
  };
}

/** MQTT 3.1.1, 3.2.2.3 and MQTT 5, 3.2.2.2. */
const REASON_NAMES: Readonly<Record<number, string>> = {
  3: "server unavailable",
  128: "unspecified error",
  129: "malformed packet",
  130: "protocol error",
  131: "implementation specific error",
  136: "server unavailable",
  137: "server busy",
  149: "packet too large",
  151: "quota exceeded",
  156: "use another server",
  157: "server moved",
  159: "connection rate exceeded",
};

/** `MQTT 5` or `MQTT 3.1.1`. */
export function versionName(protocolVersion: 4 | 5): string {
  return protocolVersion === 5 ? "MQTT 5" : "MQTT 3.1.1";
}
