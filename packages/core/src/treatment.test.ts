import { expect, test } from "vitest";
import { TesaError, type TesaErrorCode } from "./errors.ts";
import { treatmentOf } from "./treatment.ts";

const fresh = { accepted: false, wait: true, everLive: false };
const proven = { accepted: true, wait: true, everLive: true };
const error = (code: TesaErrorCode, retryable = false) => new TesaError(code, "a test", { retryable });

test.each<TesaErrorCode>([
  "token-refused",
  "subscription-refused",
  "client-id-refused",
  "tls-expired",
  "tls-host-name",
  "tls-untrusted",
  "tls-version",
  "upgrade-refused",
])("treatmentOf() ends on %s at the first connect, and retries slowly after it had been accepted", (code) => {
  expect(treatmentOf(error(code), fresh)).toBe("end");
  expect(treatmentOf(error(code), proven)).toBe("slow");
});

test.each<TesaErrorCode>([
  "dns",
  "network",
  "connect-timeout",
  "connection-lost",
  "keep-alive-timeout",
  "broker-unavailable",
  "subscription-timeout",
  "protocol",
])("treatmentOf() retries %s by backoff, first connect or not", (code) => {
  expect(treatmentOf(error(code, true), fresh)).toBe("backoff");
  expect(treatmentOf(error(code, true), proven)).toBe("backoff");
});

test("treatmentOf() retries by backoff what a proxy says while the broker is away", () => {
  expect(treatmentOf(error("upgrade-refused", true), fresh)).toBe("backoff");
});

test("treatmentOf() always ends when taken over", () => {
  expect(treatmentOf(error("taken-over"), proven)).toBe("end");
});

test("treatmentOf() ends on the first failure when told not to wait, but not once it has been connected", () => {
  expect(treatmentOf(error("network", true), { ...fresh, wait: false })).toBe("end");
  expect(treatmentOf(error("network", true), { ...proven, wait: false })).toBe("backoff");
});
