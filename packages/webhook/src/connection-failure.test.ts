import { TesaError } from "@tesa/core";
import { expect, test } from "vitest";
import { connectionFailure, findTesaError } from "./connection-failure.ts";

const failed = (code: string) =>
  new TypeError("fetch failed", { cause: Object.assign(new Error("x"), { code }) });

test.each([
  ["ECONNREFUSED", "network"],
  ["ECONNRESET", "network"],
  ["UND_ERR_SOCKET", "network"],
  ["HPE_INVALID_CONSTANT", "network"],
  ["ENOTFOUND", "dns"],
  ["EAI_AGAIN", "dns"],
  ["CERT_HAS_EXPIRED", "tls-expired"],
  ["CERT_NOT_YET_VALID", "tls-expired"],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "tls-host-name"],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", "tls-untrusted"],
  ["SELF_SIGNED_CERT_IN_CHAIN", "tls-untrusted"],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "tls-untrusted"],
  ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "tls-untrusted"],
  ["ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION", "tls-version"],
  ["ERR_SSL_WRONG_VERSION_NUMBER", "tls"],
  ["EPROTO", "tls"],
])("connectionFailure() takes %s for %s", (reason, code) => {
  expect(connectionFailure(failed(reason))).toEqual({ code, reason });
});

test("connectionFailure() quotes what has no code", () => {
  expect(connectionFailure(new TypeError("Load\nfailed"))).toEqual({
    code: "network",
    reason: '"Load failed"',
  });
  expect(connectionFailure("odd")).toEqual({ code: "network", reason: '"odd"' });
});

test("findTesaError() finds the error of a checking fetch under those of the runtime", () => {
  const error = new TesaError("config", "refused");
  expect(findTesaError(new Error("a", { cause: new Error("b", { cause: error }) }))).toBe(error);
  expect(findTesaError(failed("ECONNRESET"))).toBeUndefined();
});
