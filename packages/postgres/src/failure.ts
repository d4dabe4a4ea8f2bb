import { TesaError, type TesaErrorCode } from "@tesa/core";

/**
 * What is to be done about a failure.
 *
 * - `row`: the data of a row is refused; the others of its batch are not to blame.
 * - `too-much`: the server gave up on a statement that took too long; a smaller one may do.
 * - `passing`: the server is away, busy or restarting; try again soon.
 * - `lasting`: somebody must mend something; try again, but slowly.
 */
export type FailureKind = "row" | "too-much" | "passing" | "lasting";

/** A failure of the database, understood. */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly kind: FailureKind;
  readonly error: TesaError;

  constructor(kind: FailureKind, error: TesaError) {
    super(error.message);
    this.kind = kind;
    this.error = error;
  }
}

/** All classes that PostgreSQL has. Five characters alone would do for EPIPE too. */
const SQLSTATE = /^(?:\d[0-9A-Z]|F0|HV|P0|XX)[0-9A-Z]{3}$/;
/** Classes of SQLSTATE (PostgreSQL's manual, appendix A) that a row brings about by what is in it. */
const ROW_CLASSES = new Set([
  "22", // data exception
  "23", // integrity constraint violation, of constraints that the owner of the table has added
  "44", // with check option violation
  "54", // program limit exceeded: a value too long for an index
  "P0", // raised by a trigger
]);
const PASSING_CLASSES = new Set([
  "08", // connection exception
  "40", // transaction rollback: serialization, deadlock
  "53", // insufficient resources: connections, disk, memory
  "55", // object not in prerequisite state: locks
  "57", // operator intervention: shutdown, starting up
  "58", // system error
  "XX", // internal error
]);
const QUERY_CANCELED = "57014";
/** The table was dropped or renamed: it is made again with the next connection. */
const UNDEFINED_TABLE = "42P01";

/** What to do, by SQLSTATE. */
const ADVICE: Readonly<Record<string, string>> = {
  "28P01": "Check user and password of the connection string",
  "28000": "Check the user, and whether pg_hba.conf admits it from this host, with or without TLS",
  "3D000": "Create the database, or correct its name in the connection string",
  "3F000": "Create the schema first",
  "42501":
    "Grant INSERT and SELECT on the table to this user, and CREATE on its schema where the table is to be made",
  "25006": "Connect to the primary: this server takes no writes",
};

/** Codes of Node's sockets and TLS. */
const NETWORK_CODES: Readonly<Record<string, TesaErrorCode>> = {
  ENOTFOUND: "dns",
  EAI_AGAIN: "dns",
  ECONNREFUSED: "network",
  EHOSTUNREACH: "network",
  ENETUNREACH: "network",
  ENOENT: "network",
  EACCES: "network",
  CERT_HAS_EXPIRED: "tls-expired",
  CERT_NOT_YET_VALID: "tls-expired",
  ERR_TLS_CERT_ALTNAME_INVALID: "tls-host-name",
  DEPTH_ZERO_SELF_SIGNED_CERT: "tls-untrusted",
  SELF_SIGNED_CERT_IN_CHAIN: "tls-untrusted",
  UNABLE_TO_GET_ISSUER_CERT: "tls-untrusted",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "tls-untrusted",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "tls-untrusted",
};
const TLS_ADVICE: Readonly<Record<string, string>> = {
  "tls-expired": "Its certificate has expired or is not valid yet",
  "tls-host-name": "Its certificate is for another host name",
  "tls-untrusted":
    "Give the certificate of its authority with sslrootcert=FILE or the CA certificates option",
};

/**
 * Understands what the `pg` package threw. The error that comes of it has no `cause`: the original may hold a whole row.
 *
 * @param place Where the server is, for the message.
 */
export function understand(thrown: unknown, place: string): Failure {
  if (thrown instanceof Failure) return thrown;
  if (thrown instanceof TesaError) return new Failure("passing", thrown);
  const message = (thrown instanceof Error ? thrown.message || thrown.name : String(thrown)).slice(0, 500);
  const code = codeOf(thrown);
  if (code !== undefined && SQLSTATE.test(code)) return ofState(code, message, place);
  return ofConnection(code, message, place);
}

function ofState(state: string, message: string, place: string): Failure {
  const kind = kindOfState(state);
  const advice = ADVICE[state];
  const text = `PostgreSQL at ${place}: ${message} (SQLSTATE ${state}).${advice === undefined ? "" : ` ${advice}.`}`;
  const retryable = kind === "passing" || kind === "too-much";
  return new Failure(kind, new TesaError(kind === "lasting" ? "config" : "output", text, { retryable }));
}

function kindOfState(state: string): FailureKind {
  const stateClass = state.slice(0, 2);
  if (state === QUERY_CANCELED) return "too-much";
  if (state === UNDEFINED_TABLE || PASSING_CLASSES.has(stateClass)) return "passing";
  return ROW_CLASSES.has(stateClass) ? "row" : "lasting";
}

function ofConnection(code: string | undefined, message: string, place: string): Failure {
  const lasting = (tesaCode: TesaErrorCode, advice: string) =>
    new Failure("lasting", new TesaError(tesaCode, `PostgreSQL at ${place}: ${message}. ${advice}.`));
  if (message.includes("does not support SSL")) {
    return lasting("config", "Turn TLS on there; or, on a network that you trust, add sslmode=disable");
  }
  if (message.startsWith("SASL")) return lasting("config", ADVICE["28P01"] ?? "");
  const tesaCode = code === undefined ? undefined : NETWORK_CODES[code];
  const tlsAdvice = tesaCode === undefined ? undefined : TLS_ADVICE[tesaCode];
  if (tesaCode !== undefined && tlsAdvice !== undefined) return lasting(tesaCode, tlsAdvice);
  if (/^ERR_(SSL|TLS)_/.test(code ?? "")) return lasting("tls", "The TLS handshake failed");
  const text = `PostgreSQL at ${place} cannot be reached: ${message}.`;
  return new Failure("passing", new TesaError(tesaCode ?? "connection-lost", text, { retryable: true }));
}

function codeOf(thrown: unknown): string | undefined {
  if (thrown instanceof AggregateError) return codeOf(thrown.errors[0]);
  if (typeof thrown !== "object" || thrown === null || !("code" in thrown)) return undefined;
  return typeof thrown.code === "string" ? thrown.code : undefined;
}
