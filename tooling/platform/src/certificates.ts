// x509 needs the polyfill before it is loaded.
import "reflect-metadata";
import { webcrypto } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as x509 from "@peculiar/x509";
import type { PlatformOptions } from "./types.ts";

/** Which server certificate to make; all but `valid` are to be refused by clients. */
export type CertificateKind = NonNullable<PlatformOptions["certificate"]>;

/** A key and a certificate, both PEM. */
export interface KeyAndCertificate {
  readonly key: string;
  readonly certificate: string;
}

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const DAY_MS = 86_400_000;
/** Made anew when it has less than this left, so that no server certificate outlives its CA. */
const CA_SPARE_MS = 60 * DAY_MS;
const CA_LIFETIME_MS = 3_650 * DAY_MS;
const SERVER_LIFETIME_MS = 30 * DAY_MS;

/** Signs server certificates; clients trust the file at `caCertPath`. */
export interface Authority {
  /** The PEM file of the CA's certificate. */
  readonly caCertPath: string;
  /** Makes a server certificate with a new key. @default "valid" */
  issueServerCertificate(kind?: CertificateKind): Promise<KeyAndCertificate>;
}

/**
 * Opens the local CA in this folder: `ca.pem` and `ca-key.pem`. It is made when it is missing, damaged or about to
 * expire, and is never installed anywhere else.
 */
export async function openAuthority(dataDir: string): Promise<Authority> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const caCertPath = join(dataDir, "ca.pem");
  const keyPath = join(dataDir, "ca-key.pem");
  const issuer = (await loadIssuer(caCertPath, keyPath)) ?? (await createIssuer());
  if (issuer.pem !== undefined) {
    await writeWhole(keyPath, issuer.pem.key, 0o600);
    await writeWhole(caCertPath, issuer.pem.certificate, 0o644);
  }
  return {
    caCertPath,
    issueServerCertificate: async (kind = "valid") =>
      issueServerCertificate(kind === "unknown-ca" ? await createIssuer() : issuer, kind),
  };
}

interface Issuer {
  readonly certificate: x509.X509Certificate;
  readonly key: webcrypto.CryptoKey;
  /** Where it was made just now: what to keep of it. */
  readonly pem?: KeyAndCertificate;
}

async function createIssuer(): Promise<Issuer> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      name: "CN=TESAIoT platform in a box, O=Local development only",
      keys,
      signingAlgorithm: ALGORITHM,
      notBefore: new Date(Date.now() - DAY_MS),
      notAfter: new Date(Date.now() + CA_LIFETIME_MS),
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  );
  const pem = { key: await exportKey(keys.privateKey), certificate: `${certificate.toString("pem")}\n` };
  return { certificate, key: keys.privateKey, pem };
}

async function loadIssuer(caCertPath: string, keyPath: string): Promise<Issuer | undefined> {
  try {
    const certificate = new x509.X509Certificate(await readFile(caCertPath, "utf8"));
    if (certificate.notAfter.getTime() < Date.now() + CA_SPARE_MS) return undefined;
    const der = x509.PemConverter.decodeFirst(await readFile(keyPath, "utf8"));
    const key = await webcrypto.subtle.importKey("pkcs8", der, ALGORITHM, true, ["sign"]);
    // A run that was interrupted between its two files leaves a key that does not belong to the certificate.
    return (await isKeyOf(certificate, key)) ? { certificate, key } : undefined;
  } catch {
    // Missing or unreadable: a new one takes its place.
    return undefined;
  }
}

async function isKeyOf(certificate: x509.X509Certificate, key: webcrypto.CryptoKey): Promise<boolean> {
  const probe = new TextEncoder().encode("probe");
  const signature = await webcrypto.subtle.sign(ALGORITHM, key, probe);
  const publicKey = await certificate.publicKey.export(ALGORITHM, ["verify"], webcrypto);
  return webcrypto.subtle.verify(ALGORITHM, publicKey, signature, probe);
}

async function issueServerCertificate(issuer: Issuer, kind: CertificateKind): Promise<KeyAndCertificate> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const end = Date.now() + (kind === "expired" ? -DAY_MS : SERVER_LIFETIME_MS);
  const certificate = await x509.X509CertificateGenerator.create(
    {
      subject: kind === "wrong-host" ? "CN=another-host.example" : "CN=localhost",
      issuer: issuer.certificate.subject,
      publicKey: keys.publicKey,
      signingKey: issuer.key,
      signingAlgorithm: ALGORITHM,
      notBefore: new Date(end - SERVER_LIFETIME_MS - DAY_MS),
      notAfter: new Date(end),
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension(namesFor(kind)),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
        await x509.AuthorityKeyIdentifierExtension.create(issuer.certificate.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  );
  return { key: await exportKey(keys.privateKey), certificate: `${certificate.toString("pem")}\n` };
}

function namesFor(kind: CertificateKind): x509.JsonGeneralNames {
  if (kind === "wrong-host") return [{ type: "dns", value: "another-host.example" }];
  return [
    { type: "dns", value: "localhost" },
    { type: "ip", value: "127.0.0.1" },
    { type: "ip", value: "::1" },
  ];
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  const der = await webcrypto.subtle.exportKey("pkcs8", key);
  return `${x509.PemConverter.encode(der, "PRIVATE KEY")}\n`;
}

/** Another run that reads at the same time sees the old file or the new one, never half of it. */
async function writeWhole(path: string, text: string, mode: number): Promise<void> {
  const draft = `${path}.${process.pid}.${webcrypto.randomUUID()}`;
  await writeFile(draft, text, { mode, flag: "wx" });
  await rename(draft, path);
}
