import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { printable } from "../status/printable.ts";

/** The authorities of a `CA_CERT_PATH` file. */
export interface CaFile {
  readonly path: string;
  readonly pem: string;
  readonly certificates: readonly X509Certificate[];
}

/** Why a CA file cannot be used. */
export interface UnusableCaFile {
  readonly status: "failed";
  readonly code: "config";
  /** What is wrong. */
  readonly detail: string;
  /** The likely reason. */
  readonly cause: string;
  /** What to do about it. */
  readonly action: string;
  readonly data: { readonly caCertPath: string };
}

/** Reads a CA file and parses every certificate in it: OpenSSL would silently pass over what it cannot read. */
export async function readCaFile(
  path: string,
  setting: string,
  signal: AbortSignal,
): Promise<CaFile | UnusableCaFile> {
  const bytes = await readFile(path, { signal }).catch((error: NodeJS.ErrnoException) => {
    if (signal.aborted) throw signal.reason;
    return error;
  });
  if (bytes instanceof Error) return unusable(path, setting, "cannot be read", whyUnreadable(bytes));
  const pem = bytes.toString("utf8");
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) return unusable(path, setting, "holds no PEM certificate", whatItIs(bytes));
  const certificates: X509Certificate[] = [];
  for (const [index, block] of blocks.entries()) {
    const certificate = parseCertificate(block);
    if (certificate === undefined) {
      const which = `certificate ${index + 1} of ${blocks.length}`;
      return unusable(
        path,
        setting,
        `cannot be parsed: ${which}`,
        "The certificate is damaged or cut short.",
      );
    }
    certificates.push(certificate);
  }
  return { path, pem, certificates };
}

function parseCertificate(bytes: string | Uint8Array): X509Certificate | undefined {
  try {
    return new X509Certificate(bytes);
  } catch {
    // The caller says what is wrong with it; OpenSSL's own words would not help anybody.
    return undefined;
  }
}

function unusable(path: string, setting: string, problem: string, cause: string): UnusableCaFile {
  return {
    status: "failed",
    code: "config",
    detail: `the CA file ${printable(path)} ${problem}`,
    cause,
    action: `Let ${setting} name the PEM file of the authority that signed the broker's certificate, or leave it out to trust the public ones.`,
    data: { caCertPath: path },
  };
}

function whyUnreadable(error: NodeJS.ErrnoException): string {
  if (error.code === "ENOENT") {
    return "There is no such file. A relative path starts at the folder in which you start the program.";
  }
  if (error.code === "EACCES") return "This user may not read the file.";
  if (error.code === "EISDIR") return "It is a folder.";
  return printable(error.message);
}

function whatItIs(bytes: Uint8Array): string {
  if (bytes.length === 0) return "The file is empty.";
  if (parseCertificate(bytes) !== undefined) {
    return "It is a certificate in DER. Convert it: openssl x509 -inform der -in FILE -out ca.pem";
  }
  const text = Buffer.from(bytes).toString("latin1");
  if (text.includes("PRIVATE KEY-----"))
    return "It holds a private key. A client needs the certificate, never the key.";
  return "It is something else than a certificate.";
}
