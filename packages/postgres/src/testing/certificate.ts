// x509 needs the polyfill before it is loaded.
import "reflect-metadata";
import { webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const DAY_MS = 86_400_000;

/** A certificate that signs itself, so that it is its own authority, and its key; both PEM. */
export async function makeCertificate(options: {
  readonly host: string;
  readonly expired?: boolean;
}): Promise<{ readonly certificate: string; readonly key: string }> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const end = Date.now() + (options.expired === true ? -DAY_MS : DAY_MS);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      name: `CN=${options.host}`,
      keys,
      signingAlgorithm: ALGORITHM,
      notBefore: new Date(end - 10 * DAY_MS),
      notAfter: new Date(end),
      extensions: [new x509.SubjectAlternativeNameExtension([{ type: "dns", value: options.host }])],
    },
    webcrypto,
  );
  const der = await webcrypto.subtle.exportKey("pkcs8", keys.privateKey);
  return {
    certificate: `${certificate.toString("pem")}\n`,
    key: `${x509.PemConverter.encode(der, "PRIVATE KEY")}\n`,
  };
}
