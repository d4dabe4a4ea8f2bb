import type { TesaErrorCode } from "@tesa/core";
import { type CaFile, printable } from "@tesa/process";
import { type CertificateSummary, formatDay, toJson } from "./certificate.ts";
import type { Failed } from "./step.ts";
import { portHint, type Target } from "./target.ts";

/** What is known about a handshake that failed. */
export interface TlsFailure {
  readonly target: Target;
  readonly error: NodeJS.ErrnoException;
  /** Empty when the server never sent a certificate. */
  readonly chain: readonly CertificateSummary[];
  readonly caFile: CaFile | undefined;
  readonly caSetting: string;
  /** Whether the server sent any byte at all. */
  readonly answered: boolean;
  readonly now: number;
}

type Explain = (failure: TlsFailure) => Omit<Failed, "status">;

/** Says why a handshake failed, and what to do. */
export function explainTlsError(failure: TlsFailure): Failed {
  const { error, chain, now } = failure;
  const code = error.code ?? error.name;
  const explanation = (EXPLANATIONS[code] ?? other)(failure);
  const data = { error: code, chain: chain.map((entry) => toJson(entry, now)) };
  return { status: "failed", ...explanation, data };
}

/** The codes are Node's names of OpenSSL's verification results (X509_V_ERR_*), alerts and library errors. */
const EXPLANATIONS: Readonly<Record<string, Explain>> = {
  CERT_HAS_EXPIRED: expired,
  CERT_NOT_YET_VALID: notYetValid,
  ERR_TLS_CERT_ALTNAME_INVALID: wrongHostName,
  HOSTNAME_MISMATCH: wrongHostName,
  DEPTH_ZERO_SELF_SIGNED_CERT: selfSigned,
  SELF_SIGNED_CERT_IN_CHAIN: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownAuthority,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownAuthority,
  CERT_SIGNATURE_FAILURE: unknownAuthority,
  CERT_UNTRUSTED: unknownAuthority,
  CERT_REJECTED: unknownAuthority,
  INVALID_CA: unknownAuthority,
  INVALID_PURPOSE: wrongPurpose,
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: oldVersion,
  ERR_SSL_UNSUPPORTED_PROTOCOL: oldVersion,
  ERR_SSL_VERSION_TOO_LOW: oldVersion,
  ERR_SSL_WRONG_VERSION_NUMBER: notTls,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: notTls,
  ERR_SSL_HTTP_REQUEST: notTls,
  ERR_SSL_RECORD_LAYER_FAILURE: notTls,
  ECONNRESET: closed,
  EPIPE: closed,
};

function expired({ chain, caFile, caSetting, now, target }: TlsFailure): Omit<Failed, "status"> {
  const leaf = chain[0];
  const clock = `This computer's clock says ${new Date(now).toISOString()}.`;
  if (leaf !== undefined && leaf.validTo < now) {
    return {
      code: "tls-expired",
      detail: `the broker's certificate (${leaf.subject}) expired on ${formatDay(leaf.validTo)}`,
      cause: `It was not renewed in time, or this computer's clock is wrong. ${clock}`,
      action: `If the clock is right, whoever runs ${target.host} must renew the certificate.`,
    };
  }
  const old = caFile?.certificates.find((certificate) => Date.parse(certificate.validTo) < now);
  if (caFile !== undefined && old !== undefined) {
    return {
      code: "tls-expired",
      detail: `the authority in the CA file expired on ${formatDay(Date.parse(old.validTo))}`,
      cause: `${caSetting}, ${printable(caFile.path)}, is an old copy, or this computer's clock is wrong. ${clock}`,
      action: "Get the authority's current certificate from whoever runs the broker.",
    };
  }
  return {
    code: "tls-expired",
    detail: "a certificate in the broker's chain has expired",
    cause: `The broker sends an old intermediate certificate, or this computer's clock is wrong. ${clock}`,
    action: `If the clock is right, whoever runs ${target.host} must replace the chain.`,
  };
}

function notYetValid({ chain, now }: TlsFailure): Omit<Failed, "status"> {
  const early = chain.find((certificate) => certificate.validFrom > now);
  return {
    code: "tls-expired",
    detail: `the certificate of ${early?.subject ?? "the broker"} is valid only from ${formatDay(early?.validFrom ?? Number.NaN)}`,
    cause: `Most likely this computer's clock is behind: it says ${new Date(now).toISOString()}.`,
    action: "Set the clock (a time service keeps it right) and try again.",
  };
}

function wrongHostName({ chain, target }: TlsFailure): Omit<Failed, "status"> {
  const names = chain[0]?.names ?? [];
  return {
    code: "tls-host-name",
    detail: `the broker's certificate is not for ${target.host} but for ${names.join(", ") || "no host name"}`,
    cause: `${target.setting} names the host in another way than the certificate, or another server answers there.`,
    action:
      names.length === 0
        ? "Ask whoever runs it for a certificate."
        : `Use one of these names in ${target.setting}, if one of them is your broker.`,
  };
}

function selfSigned({ chain, caSetting }: TlsFailure): Omit<Failed, "status"> {
  return {
    code: "tls-untrusted",
    detail: `the broker's certificate (${chain[0]?.subject ?? "no name"}) is self-signed`,
    cause: "No authority vouches for it: a test set-up, a device's own page, or somebody in between.",
    action: `If it is your own broker, let ${caSetting} name a PEM file of this very certificate. Verification cannot be turned off.`,
  };
}

function unknownAuthority(failure: TlsFailure): Omit<Failed, "status"> {
  const { chain, caFile, caSetting } = failure;
  const issuer = chain.at(-1)?.issuer ?? "an unknown authority";
  const detail = `the broker's certificate (${chain[0]?.subject ?? "no name"}) is signed by ${issuer}, which is not trusted here`;
  if (caFile === undefined) {
    return {
      code: "tls-untrusted",
      detail,
      cause:
        "The authority is a private one, a proxy in this network replaces certificates, or the broker does not send its whole chain.",
      action: `Let ${caSetting} name the PEM file of the authority ${issuer}. Verification cannot be turned off.`,
    };
  }
  const trusted = caFile.certificates.map((certificate) => commonName(certificate.subject));
  const sameName = trusted.includes(issuer);
  return {
    code: "tls-untrusted",
    detail,
    cause: sameName
      ? `${caSetting}, ${printable(caFile.path)}, holds an authority of the same name with another key: it was made anew since.`
      : `${caSetting}, ${printable(caFile.path)}, holds ${trusted.join(", ")} instead, and nothing else is trusted while it is set.`,
    action: sameName
      ? "Get the authority's current certificate from whoever runs the broker."
      : `Let ${caSetting} name the PEM file of ${issuer}, or leave it out if the broker's certificate is a public one.`,
  };
}

function wrongPurpose({ chain, target }: TlsFailure): Omit<Failed, "status"> {
  return {
    code: "tls-untrusted",
    detail: `the broker's certificate (${chain[0]?.subject ?? "no name"}) is not one for servers`,
    cause: "It was made for another use, such as that of an authority or of a client.",
    action: `Whoever runs ${target.host} must install a server's certificate.`,
  };
}

/** The common name out of the lines that Node makes of a subject. */
function commonName(subject: string): string {
  return printable(/^CN=(.*)$/m.exec(subject)?.[1] ?? subject);
}

function oldVersion({ target }: TlsFailure): Omit<Failed, "status"> {
  return {
    code: "tls-version",
    detail: `the server at port ${target.port} offers no TLS version from 1.2 on`,
    cause: "The server is outdated or set to TLS 1.0 or 1.1, which are broken and forbidden (RFC 8996).",
    action: `Whoever runs ${target.host} must switch TLS 1.2 or 1.3 on. There is no option to accept less.`,
  };
}

function notTls({ target }: TlsFailure): Omit<Failed, "status"> {
  return {
    code: "tls",
    detail: `port ${target.port} answers, but does not speak TLS`,
    cause: `It is a plain port, most likely of HTTP or of WebSocket without TLS.${portHint(target)}`,
    action: `Check the port in ${target.setting} (${target.url}): it must be the broker's WSS port.`,
  };
}

function closed(failure: TlsFailure): Omit<Failed, "status"> {
  if (failure.answered) return other(failure);
  const { target } = failure;
  return {
    code: "tls",
    detail: `port ${target.port} closed the connection at the first word of TLS`,
    cause: `It does not speak TLS (a plain MQTT port does this), or something in between refuses the connection.${portHint(target)}`,
    action: `Check the port in ${target.setting} (${target.url}): it must be the broker's WSS port.`,
  };
}

function other({ error, target }: TlsFailure): Omit<Failed, "status"> {
  const alert = /alert/i.test(error.code ?? "");
  const code: TesaErrorCode = "tls";
  return {
    code,
    detail: `the TLS handshake with ${target.host} failed (${printable(error.code ?? error.message)})`,
    cause: alert
      ? "The server broke it off: it may want a client certificate, or shares no cipher with this side."
      : "This side and the server found no common ground, or something in between interferes.",
    action: `Check that ${target.url} is the WSS address for applications; devices have another.`,
  };
}
