import { TesaError } from "./errors.ts";

/** What to do about a refused subscription. */
export const FILTER_HELP =
  'A token may only subscribe to telemetry of its own organisation\'s devices, such as "device/+/telemetry/#"; check the device id if you named one.';

/** The error for filters that the broker refused, by a SUBACK or by ending the connection. */
export function subscriptionRefused(filters: readonly string[], reasonCode: number | undefined): TesaError {
  // All that refuse have two digits (MQTT 5, 2.4).
  const code = reasonCode === undefined ? "" : ` (reason code 0x${reasonCode.toString(16).toUpperCase()})`;
  const named = filters.map((filter) => `"${filter}"`).join(", ");
  return new TesaError(
    "subscription-refused",
    `The broker refused the subscription to ${named}${code}. ${FILTER_HELP}`,
    reasonCode === undefined ? {} : { reasonCode },
  );
}
