import { X509Certificate } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type CertificateKind, openAuthority } from "./certificates.ts";
import { TestBed } from "./test-bed.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tesa-ca-"));
});

afterEach(() => rm(folder, { recursive: true }));

/** The error code of a TLS handshake with verification, or the protocol version that was agreed. */
async function handshake(
  bed: TestBed,
  url: string,
  options: Parameters<typeof connect>[1] = {},
): Promise<string> {
  const { hostname, port } = new URL(url);
  const ca = await readFile(bed.platform.caCertPath, "utf8");
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port), ca, ...options });
    socket.on("secureConnect", () => {
      resolve(socket.getProtocol() ?? "none");
      socket.destroy();
    });
    socket.on("error", (error) => resolve("code" in error ? String(error.code) : error.message));
  });
}

describe("certificates", () => {
  test.each<[CertificateKind, string]>([
    ["valid", "TLSv1.3"],
    ["expired", "CERT_HAS_EXPIRED"],
    ["wrong-host", "ERR_TLS_CERT_ALTNAME_INVALID"],
    ["unknown-ca", "UNABLE_TO_VERIFY_LEAF_SIGNATURE"],
  ])("with certificate %o a client that verifies sees %s, on both listeners", async (certificate, result) => {
    await using bed = await TestBed.start({ certificate });
    expect(await handshake(bed, bed.platform.urls.wss)).toBe(result);
    expect(await handshake(bed, bed.platform.urls.mqtts)).toBe(result);
  });

  test("the valid one is for localhost and for the loopback addresses", async () => {
    const authority = await openAuthority(folder);
    const { certificate } = await authority.issueServerCertificate();
    const server = new X509Certificate(certificate);
    expect(server.checkHost("localhost")).toBe("localhost");
    expect(server.checkIP("127.0.0.1")).toBe("127.0.0.1");
    expect(server.checkIP("::1")).toBe("::1");
    expect(server.verify(new X509Certificate(await readFile(authority.caCertPath)).publicKey)).toBe(true);
  });

  test("the CA stays the same between runs, and its key is for its owner's eyes only", async () => {
    const first = await openAuthority(folder);
    const ca = await readFile(first.caCertPath, "utf8");
    const second = await openAuthority(folder);
    expect(await readFile(second.caCertPath, "utf8")).toBe(ca);
    const { certificate } = await second.issueServerCertificate();
    expect(new X509Certificate(certificate).verify(new X509Certificate(ca).publicKey)).toBe(true);
    expect((await readdir(folder)).sort()).toEqual(["ca-key.pem", "ca.pem"]);
    expect((await stat(join(folder, "ca-key.pem"))).mode & 0o777).toBe(0o600);
  });

  test.each([
    ["ca.pem", "damaged"],
    ["ca-key.pem", "damaged"],
    ["ca-key.pem", "of another CA"],
  ])("a %s that is %s leads to a new CA", async (file, what) => {
    const { caCertPath } = await openAuthority(folder);
    const before = await readFile(caCertPath, "utf8");
    const other = await openAuthority(join(folder, "other"));
    const otherKey = await readFile(join(other.caCertPath, "..", "ca-key.pem"), "utf8");
    await writeFile(join(folder, file), what === "damaged" ? "garbage" : otherKey);
    const authority = await openAuthority(folder);
    const after = await readFile(caCertPath, "utf8");
    expect(after).not.toBe(before);
    const { certificate } = await authority.issueServerCertificate();
    expect(new X509Certificate(certificate).verify(new X509Certificate(after).publicKey)).toBe(true);
  });
});

describe("TLS versions", () => {
  test("1.2 and 1.3 are offered, and nothing older", async () => {
    await using bed = await TestBed.start();
    const { wss } = bed.platform.urls;
    expect(await handshake(bed, wss, { maxVersion: "TLSv1.2" })).toBe("TLSv1.2");
    const old = { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" } as const;
    expect(await handshake(bed, wss, old)).toBe("ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION");
  });

  test("maxTlsVersion TLSv1.2 offers no 1.3", async () => {
    await using bed = await TestBed.start({ maxTlsVersion: "TLSv1.2" });
    expect(await handshake(bed, bed.platform.urls.wss)).toBe("TLSv1.2");
  });

  test("maxTlsVersion TLSv1.1 really speaks it, and a client that wants 1.2 gets a version alert", async () => {
    await using bed = await TestBed.start({ maxTlsVersion: "TLSv1.1" });
    const { wss, mqtts } = bed.platform.urls;
    const old = { minVersion: "TLSv1.1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" } as const;
    for (const url of [wss, mqtts]) {
      expect(await handshake(bed, url, old)).toBe("TLSv1.1");
      expect(await handshake(bed, url)).toBe("ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION");
    }
  });
});
