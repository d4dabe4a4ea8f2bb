import type { DetailedPeerCertificate } from "node:tls";
import { printable } from "@tesa/process";

const DAY_MS = 86_400_000;

/** One certificate, told in words that are safe to print. */
export interface CertificateSummary {
  readonly subject: string;
  readonly issuer: string;
  /** Epoch milliseconds. */
  readonly validFrom: number;
  readonly validTo: number;
  /** The host names and addresses that it is for. */
  readonly names: readonly string[];
}

/** The chain, the server's own certificate first, as far as the server sent it or this side knew it. */
export function summariseChain(peer: DetailedPeerCertificate): readonly CertificateSummary[] {
  const chain: CertificateSummary[] = [];
  const seen = new Set<string>();
  // A root is its own issuer, so the chain is a loop at its end. An anonymous server has an empty object.
  for (let next: DetailedPeerCertificate | undefined = peer; next?.subject !== undefined; ) {
    if (seen.has(next.fingerprint256)) break;
    seen.add(next.fingerprint256);
    chain.push(summarise(next));
    next = next.issuerCertificate;
  }
  return chain;
}

function summarise(certificate: DetailedPeerCertificate): CertificateSummary {
  return {
    subject: nameOf(certificate.subject),
    issuer: nameOf(certificate.issuer),
    validFrom: Date.parse(certificate.valid_from),
    validTo: Date.parse(certificate.valid_to),
    names: namesOf(certificate),
  };
}

type Name = Readonly<Record<string, string | string[] | undefined>>;

function nameOf(name: Name | undefined): string {
  const value = name?.CN ?? name?.O ?? name?.OU ?? "(no name)";
  return printable(Array.isArray(value) ? value.join("/") : value);
}

function namesOf({ subjectaltname, subject }: DetailedPeerCertificate): readonly string[] {
  if (subjectaltname === undefined)
    return [`${nameOf(subject)} (as common name only, which no longer counts)`];
  return subjectaltname.split(", ").map((entry) => printable(entry.replace(/^(DNS|IP Address|URI):/, "")));
}

/** How many whole days a certificate has left; negative when it has expired. */
export function daysLeft(certificate: CertificateSummary, now: number): number {
  return Math.floor((certificate.validTo - now) / DAY_MS);
}

/** The day of a time, in UTC: `2026-11-23`. */
export function formatDay(epochMs: number): string {
  return Number.isFinite(epochMs) ? new Date(epochMs).toISOString().slice(0, 10) : "an unknown day";
}

/** A summary as plain JSON. */
export function toJson(certificate: CertificateSummary, now: number): Record<string, unknown> {
  return {
    subject: certificate.subject,
    issuer: certificate.issuer,
    validFrom: formatDay(certificate.validFrom),
    validTo: formatDay(certificate.validTo),
    daysLeft: daysLeft(certificate, now),
    names: certificate.names,
  };
}
