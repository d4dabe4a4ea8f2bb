import { expect, test } from "vitest";
import type { CertificateSummary } from "./certificate.ts";
import { parseTarget } from "./target.ts";
import { explainTlsError, type TlsFailure } from "./tls-failure.ts";

const NOW = Date.UTC(2026, 5, 1);
const DAY_MS = 86_400_000;

const LEAF: CertificateSummary = {
  subject: "broker.example",
  issuer: "Example CA",
  validFrom: NOW - DAY_MS,
  validTo: NOW + DAY_MS,
  names: ["broker.example"],
};

function explain(code: string, part: Partial<TlsFailure> = {}) {
  return explainTlsError({
    target: parseTarget("wss://broker.example:1883/mqtt", "MQTT_BROKER_URL"),
    error: Object.assign(new Error("message"), { code }),
    chain: [LEAF],
    caFile: undefined,
    caSetting: "CA_CERT_PATH",
    answered: true,
    now: NOW,
    ...part,
  });
}

test("a certificate that is not valid yet points at this computer's clock", () => {
  const failed = explain("CERT_NOT_YET_VALID", { chain: [{ ...LEAF, validFrom: NOW + DAY_MS }] });
  expect(failed).toMatchObject({
    code: "tls-expired",
    detail: "the certificate of broker.example is valid only from 2026-06-02",
    cause: expect.stringContaining("2026-06-01T00:00:00.000Z"),
  });
});

test("an expired certificate further up in the chain is not taken for the broker's own", () => {
  expect(explain("CERT_HAS_EXPIRED")).toMatchObject({
    detail: expect.stringContaining("in the broker's chain"),
  });
});

test("a self-signed certificate is called one", () => {
  expect(explain("DEPTH_ZERO_SELF_SIGNED_CERT")).toMatchObject({
    code: "tls-untrusted",
    detail: "the broker's certificate (broker.example) is self-signed",
    action: expect.stringContaining("CA_CERT_PATH"),
  });
});

test("a server that breaks the handshake off for want of a client certificate is told so", () => {
  expect(explain("ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE")).toMatchObject({
    code: "tls",
    cause: expect.stringContaining("client certificate"),
  });
});

test("a port that is often mixed up is named", () => {
  expect(explain("ERR_SSL_WRONG_VERSION_NUMBER", { chain: [] })).toMatchObject({
    cause: expect.stringContaining("Port 1883 is MQTT without TLS"),
  });
});

test("a code that is not known is told as it is", () => {
  expect(explain("ERR_SSL_SOMETHING")).toMatchObject({
    detail: expect.stringContaining("ERR_SSL_SOMETHING"),
  });
});
