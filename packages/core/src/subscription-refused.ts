import { TesaError } from "./errors.ts";

/** What to do about a refused subscription. */
export const FILTER_HELP =
  'A token may only subscribe to telemetry of its own organisation\'s devices, such as "device/+/telemetry/#"; check the device id if you named one.';

/** The error for filters that the broker refused, by a SUBACK or by ending the connection. */
export function subscriptionRefused(filters: readonly string[], reasonCode: number | undefined): TesaError {
  const code =
    reasonCode === undefined
      ? ""
      : ` (reason code 0x${reasonCode.toString(16).toUpperCase().padStart(2, "0")})`;
  const named = filters.map((filter) => `"${filter}"`).join(", ");
  return new TesaError(
    "subscription-refused",
    `The broker refused the subscription to ${named}${code}. ${FILTER_HELP}`,
    reasonCode === undefined ? {} : { reasonCode },
  );
}

/** A broker that refuses by a DISCONNECT does not say what it refused: that was asked for last. */
export function namingFilters(error: unknown, filters: readonly string[]): unknown {
  if (!(error instanceof TesaError) || error.code !== "subscription-refused") return error;
  return subscriptionRefused(filters, error.reasonCode);
}
