import { expect, test } from "vitest";
import { networkError } from "./network-error.ts";

const systemError = (code: string, message = `a test of ${code}`) =>
  Object.assign(new Error(message), { code });

test.each([
  ["ENOTFOUND", "dns", "has no address"],
  ["EAI_AGAIN", "dns", "has no address"],
  ["ECONNREFUSED", "network", "No connection"],
  ["ECONNRESET", "network", "No connection"],
  ["CERT_HAS_EXPIRED", "tls-expired", "expired"],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "tls-host-name", "another host name"],
  ["SELF_SIGNED_CERT_IN_CHAIN", "tls-untrusted", "CA_CERT_PATH"],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "tls-untrusted", "CA_CERT_PATH"],
  ["ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION", "tls-version", "1.2"],
  ["ERR_SSL_WRONG_VERSION_NUMBER", "tls", "port"],
])("networkError() turns %s into %s and says what to do", (systemCode, code, text) => {
  const error = networkError(systemError(systemCode), "broker.example:8085");
  expect(error.code).toBe(code);
  expect(error.message).toContain("broker.example:8085");
  expect(error.message).toContain(text);
});

test("networkError() reads the TLS version from OpenSSL's alert, and leaves its file names out", () => {
  const message =
    "write EPROTO 405D8BA6:error:0A00042E:SSL routines:ssl3_read_bytes:tlsv1 alert protocol version:../deps/x.c:918:SSL alert number 70\n";
  const error = networkError(systemError("EPROTO", message), "h:1");
  expect(error.code).toBe("tls-version");
  expect(error.message).not.toContain("../deps");
});

test("networkError() speaks of the last address where a host has several", () => {
  const cause = new AggregateError([systemError("ENETUNREACH"), systemError("ECONNREFUSED")]);
  expect(networkError(cause, "h:1").message).toContain("ECONNREFUSED");
});

test("networkError() marks as worth retrying what time may mend", () => {
  expect(networkError(systemError("ECONNREFUSED"), "h:1").retryable).toBe(true);
  expect(networkError(systemError("CERT_HAS_EXPIRED"), "h:1").retryable).toBe(false);
});
