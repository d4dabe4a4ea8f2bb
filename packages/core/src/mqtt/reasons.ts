import { TesaError } from "../errors.ts";
import { FILTER_HELP } from "../subscription-refused.ts";

const hex = (code: number) => `0x${code.toString(16).toUpperCase().padStart(2, "0")}`;

const TOKEN_HELP =
  "Check that the token is complete, has not expired and was not revoked (Admin UI, Organization Settings > MQTT API Tokens). An outage of the platform's authentication looks the same.";

/** The error for a CONNACK that refuses, from its code in either version of MQTT (3.1.1: 3.2.2.3; 5: 3.2.2.2). */
export function connackError(code: number, protocolVersion: 4 | 5): TesaError {
  const reason = { reasonCode: code };
  const label = protocolVersion === 5 ? `reason code ${hex(code)}` : `return code ${code}`;
  switch (code) {
    case 4:
    case 0x86:
      return new TesaError(
        "token-refused",
        `The broker refused the token: bad user name or password (${label}). ${TOKEN_HELP}`,
        reason,
      );
    case 5:
    case 0x87:
      return new TesaError(
        "token-refused",
        `The broker refused the token: not authorised (${label}). ${TOKEN_HELP}`,
        reason,
      );
    case 0x8a:
      return new TesaError(
        "token-refused",
        `The broker has banned this client (${label}). ${TOKEN_HELP}`,
        reason,
      );
    case 1:
    case 0x84:
      return new TesaError(
        "protocol-version",
        `The broker does not speak MQTT ${protocolVersion === 5 ? "5" : "3.1.1"} (${label}). Set TESA_PROTOCOL_VERSION to "auto".`,
        reason,
      );
    case 2:
    case 0x85:
      return new TesaError(
        "client-id-refused",
        `The broker refused the client id (${label}). Change MQTT_CLIENT_ID, or leave it out.`,
        reason,
      );
    default:
      return new TesaError("broker-unavailable", `The broker will not serve now (${label}).`, {
        ...reason,
        retryable: true,
      });
  }
}

/** The error for a DISCONNECT that the broker sent (MQTT 5, 3.14.2.1). */
export function disconnectError(code: number): TesaError {
  const reason = { reasonCode: code };
  switch (code) {
    case 0x87:
      return new TesaError(
        "subscription-refused",
        `The broker refused the subscription and disconnected (reason code ${hex(code)}). ${FILTER_HELP}`,
        reason,
      );
    case 0x8d:
      return new TesaError(
        "keep-alive-timeout",
        `The broker heard nothing for too long (reason code ${hex(code)}).`,
        {
          ...reason,
          retryable: true,
        },
      );
    case 0x8e:
      return new TesaError(
        "taken-over",
        `Another client connected with the same client id (reason code ${hex(code)}). Give each client its own MQTT_CLIENT_ID, or none.`,
        reason,
      );
    case 0x81:
    case 0x82:
    case 0x93:
    case 0x94:
    case 0x95:
      return new TesaError(
        "protocol",
        `The broker ended the connection over a packet (reason code ${hex(code)}).`,
        {
          ...reason,
          retryable: true,
        },
      );
    default:
      return new TesaError(
        "connection-lost",
        `The broker ended the connection (${disconnectReason(code)}).`,
        {
          ...reason,
          retryable: true,
        },
      );
  }
}

function disconnectReason(code: number): string {
  const names: Readonly<Record<number, string>> = {
    137: "it is busy",
    139: "it is shutting down",
    151: "quota exceeded",
    152: "an administrator ended it",
    156: "use another server",
    157: "the server has moved",
  };
  const name = names[code];
  return name === undefined ? `reason code ${hex(code)}` : `${name}, reason code ${hex(code)}`;
}
