import { readFileSync } from "node:fs";
import type { ConnectionOptions } from "node:tls";
import { TesaError } from "@tesa/core";

/** Where the database is, taken apart. Only `password` is secret; nothing else can hold it. */
export interface PostgresTarget {
  /** A name, an address, or the folder of a Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  /** `undefined` leaves it to `PGUSER`, then to the name of the account. */
  readonly user: string | undefined;
  /** `undefined` leaves it to `PGPASSWORD`, then to the file `.pgpass`. */
  readonly password: string | undefined;
  /** `false` for none; else the server's certificate and host name are verified. */
  readonly tls: false | ConnectionOptions;
  readonly applicationName: string;
  readonly serverOptions: string | undefined;
  readonly channelBinding: boolean;
}

const DEFAULT_PORT = 5432;
const KNOWN = [
  "host",
  "port",
  "user",
  "password",
  "dbname",
  "sslmode",
  "sslrootcert",
  "sslcert",
  "sslkey",
  "application_name",
  "options",
  "channel_binding",
];
/** Modes that use TLS; each is taken as the strictest, `verify-full`. */
const TLS_MODES = ["prefer", "require", "verify-ca", "verify-full"];

/**
 * Takes a connection string apart: `postgres://user:password@host:port/database?sslmode=...`.
 *
 * TLS is on unless the host is this machine or `sslmode=disable` says so, and always verified as by `verify-full`: with
 * `sslmode=require` libpq would send the password to whoever answers.
 *
 * @param caCertificates PEM; trusted instead of the authorities that the runtime trusts.
 * @throws TesaError `config`; never with any part of the string that may be a password
 */
export function parseConnectionString(text: string, caCertificates?: string): PostgresTarget {
  const url = parseUrl(text);
  const parameters = new Map(url.searchParams);
  const unknown = [...parameters.keys()].filter((name) => !KNOWN.includes(name));
  if (unknown.length > 0) {
    throw wrong(`has an unknown parameter (${unknown.map(shown).join(", ")}). Known are ${KNOWN.join(", ")}`);
  }
  const host = parameters.get("host") ?? decoded(url.hostname.replace(/^\[(.+)\]$/, "$1"));
  if (host.includes(",")) throw wrong("names several hosts; only one can be used");
  const database = parameters.get("dbname") ?? decoded(url.pathname.slice(1));
  if (database === "") throw wrong("names no database: add it behind the host, as /mydatabase");
  const target = host === "" ? "localhost" : host;
  return {
    host: target,
    port: parsePort(parameters.get("port") ?? url.port),
    database,
    user: (parameters.get("user") ?? decoded(url.username)) || undefined,
    password: (parameters.get("password") ?? decoded(url.password)) || undefined,
    tls: parseTls(target, parameters, caCertificates),
    applicationName: parameters.get("application_name") ?? "tesa",
    serverOptions: parameters.get("options"),
    channelBinding: (parameters.get("channel_binding") ?? "disable") !== "disable",
  };
}

/** The place without user and password: `db.example.com:5432/telemetry`. */
export function describeTarget({ host, port, database }: PostgresTarget): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}/${database}`;
}

function parseUrl(text: string): URL {
  if (!/^postgres(ql)?:\/\//i.test(text)) {
    throw wrong("must begin with postgres:// or postgresql://");
  }
  // Which part such a string means for what is anybody's guess, and the guess would be printed.
  if (text.includes("#")) throw wrong('has a "#": write it as %23');
  const authority = text.replace(/^\w+:\/\//, "").split(/[/?]/, 1)[0] ?? "";
  if (text.split("@").length > authority.split("@").length) {
    throw wrong('has an "@" in the wrong place: in a password write / as %2F, ? as %3F and @ as %40');
  }
  try {
    return new URL(text);
  } catch {
    // Without the cause: that error has the whole string in it.
    throw wrong("is no valid URL: special characters of user and password must be percent-encoded");
  }
}

function parsePort(text: string): number {
  if (text === "") return DEFAULT_PORT;
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65_535) throw wrong("has a port that is not from 1 to 65535");
  return port;
}

function parseTls(
  host: string,
  parameters: ReadonlyMap<string, string>,
  caCertificates: string | undefined,
): false | ConnectionOptions {
  const rootFile = parameters.get("sslrootcert");
  const mode =
    parameters.get("sslmode") ?? (isThisMachine(host) && rootFile === undefined ? "disable" : "verify-full");
  if (mode === "disable") return false;
  if (!TLS_MODES.includes(mode)) {
    throw wrong(
      `has sslmode=${shown(mode)}. It may be disable (no TLS) or verify-full; the certificate is always verified. ` +
        "For a private authority give its certificate with sslrootcert=FILE",
    );
  }
  const ca =
    rootFile === undefined || rootFile === "system" ? caCertificates : readPem("sslrootcert", rootFile);
  const certificate = parameters.get("sslcert");
  const key = parameters.get("sslkey");
  return {
    rejectUnauthorized: true,
    minVersion: "TLSv1.2",
    ...(ca === undefined ? {} : { ca }),
    ...(certificate === undefined ? {} : { cert: readPem("sslcert", certificate) }),
    ...(key === undefined ? {} : { key: readPem("sslkey", key) }),
  };
}

function isThisMachine(host: string): boolean {
  return host.startsWith("/") || host === "localhost" || host === "::1" || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function readPem(name: string, path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    const reason = cause instanceof Error && "code" in cause ? String(cause.code) : "unreadable";
    throw wrong(`names a file in ${name} that cannot be read (${reason})`);
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw wrong('has a "%" that begins no percent-encoding: write it as %25');
  }
}

/** A name or a mode of the string, if it looks like one; else it might be part of a password. */
function shown(text: string): string {
  return /^[a-z_-]{1,40}$/i.test(text) ? text : "not shown";
}

function wrong(what: string): TesaError {
  return new TesaError(
    "config",
    `The PostgreSQL connection string ${what}. Its form is postgres://user:password@host:5432/database.`,
  );
}
