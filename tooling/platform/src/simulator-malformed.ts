import type { SimulatedMessage } from "./simulator-payloads.ts";

/** A device whose id a payload names though another one has sent it. */
export const FOREIGN_DEVICE_ID = "somebody-elses-device";

/** The ways in which a payload is bad, in the order in which they come. */
export const MALFORMATIONS = [
  "not-json",
  "truncated",
  "invalid-utf8",
  "empty",
  "not-a-number",
  "foreign-device",
] as const;
export type Malformation = (typeof MALFORMATIONS)[number];

const encoder = new TextEncoder();

/** Spoils a message as broken firmware does. The topic stays, since the broker's access rules are on it. */
export function spoil(message: SimulatedMessage, malformation: Malformation): SimulatedMessage {
  return { topic: message.topic, payload: spoiledPayload(message.payload, malformation) };
}

function spoiledPayload(payload: Uint8Array, malformation: Malformation): Uint8Array {
  switch (malformation) {
    case "not-json":
      return encoder.encode("ERR 17: sensor not ready");
    case "truncated":
      // Half of a bare number is a number again, so that one becomes the beginning of an object.
      return payload[0] === OPENING_BRACE
        ? payload.slice(0, Math.ceil(payload.length / 2))
        : encoder.encode('{"value":');
    case "invalid-utf8":
      // 0xC3 announces a second byte, and 0x28 is none (RFC 3629, 3).
      return Uint8Array.of(...encoder.encode('{"value":"'), 0xc3, 0x28, ...encoder.encode('"}'));
    case "empty":
      return new Uint8Array(0);
    case "not-a-number":
      return encoder.encode('{"value":NaN}');
    case "foreign-device":
      return encoder.encode(
        JSON.stringify({ device_id: FOREIGN_DEVICE_ID, sensor: "temperature", value: 21.5, unit: "°C" }),
      );
  }
}

const OPENING_BRACE = 0x7b;
