import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer } from "node:tls";
import { startPlatform } from "@tesa/platform";
import { readCaFile } from "@tesa/process";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { parseTarget } from "./target.ts";
import { reading, startDevice } from "./testing/device.ts";
import { diagnose, expectFailureAt, stepOf } from "./testing/examine.ts";
import { explainTlsError } from "./tls-failure.ts";

const DAY_MS = 86_400_000;

let folder = "";
let dataDir = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tesa-doctor-"));
  dataDir = join(folder, "platform");
});

afterEach(() => {
  vi.unstubAllEnvs();
  vi.useRealTimers();
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

test.each([
  ["expired", "expired on 20", "not renewed"],
  ["wrong-host", "but for another-host.example", "another way"],
  ["unknown-ca", "not trusted here", "made anew"],
] as const)("a certificate that is %s fails at TLS and says so", async (certificate, detail, cause) => {
  await using platform = await startPlatform({ certificate, dataDir });
  const settings = { MQTT_BROKER_URL: platform.urls.wss, CA_CERT_PATH: platform.caCertPath };
  const failed = expectFailureAt(await diagnose(settings), "tls", 69);
  expect(failed.detail).toContain(detail);
  expect(failed.cause).toContain(cause);
});

test("a server that offers TLS 1.1 at most fails at TLS and is called outdated", async () => {
  await using platform = await startPlatform({ maxTlsVersion: "TLSv1.1", dataDir });
  const settings = { MQTT_BROKER_URL: platform.urls.wss, CA_CERT_PATH: platform.caCertPath };
  const failed = expectFailureAt(await diagnose(settings), "tls", 69);
  expect(failed.detail).toContain("no TLS version from 1.2 on");
});

test("a private authority without CA_CERT_PATH fails at TLS, and CA_CERT_PATH is the way", async () => {
  await using platform = await startPlatform({ dataDir });
  const failed = expectFailureAt(await diagnose({ MQTT_BROKER_URL: platform.urls.wss }), "tls", 69);
  expect(failed.action).toContain("CA_CERT_PATH");
  expect(failed.data).toMatchObject({ code: "tls-untrusted", chain: [{ subject: "localhost" }] });
});

test("NODE_TLS_REJECT_UNAUTHORIZED=0 does not turn the verification off", async () => {
  // Node warns about the variable on stderr, once.
  vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
  await using platform = await startPlatform({ dataDir });
  expectFailureAt(await diagnose({ MQTT_BROKER_URL: platform.urls.wss }), "tls", 69);
});

test("a certificate that is not one for servers fails at TLS", async () => {
  await using platform = await startPlatform({ dataDir });
  const [key, cert] = await Promise.all([
    readFile(join(dataDir, "ca-key.pem")),
    readFile(platform.caCertPath),
  ]);
  const server = createServer({ key, cert });
  server.on("tlsClientError", () => {});
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const diagnosis = await diagnose({ MQTT_BROKER_URL: `wss://127.0.0.1:${port}/mqtt` });
  server.close();
  expect(expectFailureAt(diagnosis, "tls", 69).detail).toContain("is not one for servers");
});

test("a certificate with less than 14 days left is a warning", async () => {
  await using platform = await startPlatform({ dataDir });
  const MQTT_API_TOKEN = platform.tokens.issue({ organisation: "acme" });
  // The box's certificate lasts 30 days. OpenSSL has a clock of its own and still takes it for valid.
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 20 * DAY_MS });
  const settings = { MQTT_BROKER_URL: platform.urls.wss, CA_CERT_PATH: platform.caCertPath, MQTT_API_TOKEN };
  await using _device = await startDevice(platform, { deviceId: "g1", payload: reading });
  const diagnosis = await diagnose(settings);
  expect(diagnosis.exitCode).toBe(0);
  expect(stepOf(diagnosis, "tls")).toMatchObject({
    status: "warning",
    cause: expect.stringContaining("expires on"),
    data: { daysLeft: 9 },
  });
});

test("an authority in the CA file that has expired is told from a certificate that has", async () => {
  await using platform = await startPlatform({ dataDir });
  const caFile = await readCaFile(platform.caCertPath, "CA_CERT_PATH", new AbortController().signal);
  if ("status" in caFile) throw new Error(caFile.detail);
  const now = Date.now() + 10_000 * DAY_MS;
  const failed = explainTlsError({
    target: parseTarget("wss://localhost/mqtt", "MQTT_BROKER_URL"),
    error: Object.assign(new Error("expired"), { code: "CERT_HAS_EXPIRED" }),
    chain: [{ subject: "localhost", issuer: "CA", validFrom: 0, validTo: now + DAY_MS, names: [] }],
    caFile,
    caSetting: "CA_CERT_PATH",
    answered: true,
    now,
  });
  expect(failed.detail).toContain("authority in the CA file expired");
});

test("a CA file that cannot be used fails at TLS with exit code 78 and says what it is", async () => {
  await using platform = await startPlatform({ dataDir });
  const pem = await readFile(platform.caCertPath, "utf8");
  const write = async (name: string, content: string | Uint8Array) => {
    await writeFile(join(folder, name), content);
    return join(folder, name);
  };
  const half = pem.replace(/^(-----BEGIN CERTIFICATE-----\n.{40})[^-]*/, "$1\n");
  const cases = [
    [join(folder, "missing.pem"), "no such file"],
    [folder, "folder"],
    [await write("empty.pem", ""), "empty"],
    [await write("text.pem", "hello"), "something else"],
    [await write("ca.der", new X509Certificate(pem).raw), "DER"],
    [join(dataDir, "ca-key.pem"), "private key"],
    [await write("half.pem", half), "damaged"],
  ] as const;
  for (const [CA_CERT_PATH, cause] of cases) {
    const diagnosis = await diagnose({ MQTT_BROKER_URL: platform.urls.wss, CA_CERT_PATH });
    expect(expectFailureAt(diagnosis, "configuration", 78).cause).toContain(cause);
  }
});
