import { TesaError } from "@tesa/core";
import { expect, test } from "vitest";
import { Failure, understand } from "./failure.ts";

const thrown = (code: string | undefined, message = "it failed") =>
  Object.assign(
    new Error(message),
    code === undefined ? {} : { code, detail: "Failing row contains (all of it)" },
  );

test.each([
  ["22021", "row", "output", false],
  ["23502", "row", "output", false],
  ["54000", "row", "output", false],
  ["P0001", "row", "output", false],
  ["57014", "too-much", "output", true],
  ["57P01", "passing", "output", true],
  ["57P03", "passing", "output", true],
  ["53300", "passing", "output", true],
  ["53100", "passing", "output", true],
  ["40001", "passing", "output", true],
  ["40P01", "passing", "output", true],
  ["55P03", "passing", "output", true],
  ["08006", "passing", "output", true],
  ["XX000", "passing", "output", true],
  ["42P01", "passing", "output", true],
  ["28P01", "lasting", "config", false],
  ["28000", "lasting", "config", false],
  ["3D000", "lasting", "config", false],
  ["42501", "lasting", "config", false],
  ["42703", "lasting", "config", false],
  ["25006", "lasting", "config", false],
  ["0A000", "lasting", "config", false],
  ["ECONNREFUSED", "passing", "network", true],
  ["ENOTFOUND", "passing", "dns", true],
  ["ECONNRESET", "passing", "connection-lost", true],
  ["EPIPE", "passing", "connection-lost", true],
  [undefined, "passing", "connection-lost", true],
  ["CERT_HAS_EXPIRED", "lasting", "tls-expired", false],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "lasting", "tls-host-name", false],
  ["SELF_SIGNED_CERT_IN_CHAIN", "lasting", "tls-untrusted", false],
  ["ERR_SSL_WRONG_VERSION_NUMBER", "lasting", "tls", false],
])("understand() takes %s as %s, %s", (code, kind, tesaCode, retryable) => {
  const failure = understand(thrown(code), "db.example.com:5432/d");
  expect(failure.kind).toBe(kind);
  expect(failure.error).toMatchObject({ code: tesaCode, retryable });
  expect(failure.error.message).toContain("db.example.com:5432/d");
  expect(failure.error.cause).toBeUndefined();
});

test("understand() looks into the errors of several addresses", () => {
  const both = new AggregateError([thrown("ECONNREFUSED"), thrown("ECONNREFUSED")]);
  expect(understand(both, "p").error.code).toBe("network");
});

test("understand() shortens what the server says", () => {
  expect(understand(thrown("22000", "x".repeat(100_000)), "p").error.message.length).toBeLessThan(700);
});

test("understand() leaves failures and errors of the project as they are", () => {
  const failure = new Failure("lasting", new TesaError("config", "a"));
  expect(understand(failure, "p")).toBe(failure);
  const error = new TesaError("log", "b");
  expect(understand(error, "p")).toMatchObject({ kind: "passing", error });
});
