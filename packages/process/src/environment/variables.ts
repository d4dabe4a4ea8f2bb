import { CONFIG_VARIABLES, type ConfigVariableName } from "@tesa/core/config";

/** Where messages are kept, and where they go from there. */
export type StorageVariableName =
  | "TESA_LOG"
  | "TESA_KEEP"
  | "TESA_POSTGRES_URL"
  | "TESA_POSTGRES_TABLE"
  | "TESA_WEBHOOK_URL"
  | "TESA_WEBHOOK_NAME"
  | "TESA_WEBHOOK_SECRET"
  | "TESA_WEBHOOK_SECRET_FILE";

/** What every process can be set by, in the environment or in `.env`. */
export type VariableName = ConfigVariableName | StorageVariableName;

/** A variable, for `--help` and for the documentation. */
export interface Variable<Name extends string = VariableName> {
  readonly name: Name;
  /** One line, without a full stop at its end. */
  readonly description: string;
  /** What applies when it is not set, as it would be written. */
  readonly default: string | undefined;
}

/** In the order of the documentation. */
export const STORAGE_VARIABLES: readonly Variable<StorageVariableName>[] = [
  {
    name: "TESA_LOG",
    description: "Where messages are kept: sqlite:<file>, or memory: for nowhere",
    default: "memory:",
  },
  {
    name: "TESA_KEEP",
    description:
      "How much the SQLite log keeps, by age, count or size, separated by commas (7d,1000000,10GB); not set, everything",
    default: undefined,
  },
  {
    name: "TESA_POSTGRES_URL",
    description: "PostgreSQL to mirror the log into: postgres://<user>:<password>@<host>/<database>",
    default: undefined,
  },
  {
    name: "TESA_POSTGRES_TABLE",
    description: "Table there, as name or schema.name; made if it is missing",
    default: "telemetry",
  },
  {
    name: "TESA_WEBHOOK_URL",
    description: "Webhook to send the log to: https://...; http:// to private addresses only",
    default: undefined,
  },
  {
    name: "TESA_WEBHOOK_NAME",
    description:
      "Name under which the webhook's place in the log is kept; with one, its URL may change. Not set, it goes with the URL",
    default: undefined,
  },
  {
    name: "TESA_WEBHOOK_SECRET",
    description:
      "Secret that signs what the webhook gets, whsec_<base64>; several, separated by spaces, while it is being changed",
    default: undefined,
  },
  {
    name: "TESA_WEBHOOK_SECRET_FILE",
    description: "File that holds the secret, instead of TESA_WEBHOOK_SECRET",
    default: undefined,
  },
];

/** Every variable, those of the connection first. */
export const VARIABLES: readonly Variable[] = [...CONFIG_VARIABLES, ...STORAGE_VARIABLES];
