/** The variables of a relay that a process serves. */
export type RelayVariableName =
  | "PORT"
  | "HOST"
  | "TESA_RELAY_SECRET"
  | "TESA_RELAY_OPEN"
  | "TESA_RELAY_ORIGINS";

/** A variable, for help and documentation. */
export interface RelayVariable {
  readonly name: RelayVariableName;
  /** One line, without a full stop at its end. */
  readonly description: string;
  /** What applies when it is not set, as it would be written. */
  readonly default: string | undefined;
}

/** In the order of the documentation. */
export const RELAY_VARIABLES: readonly RelayVariable[] = [
  { name: "PORT", description: "Port to serve on; 0 takes a free one", default: "8080" },
  { name: "HOST", description: "Address to serve on; 0.0.0.0 for every interface", default: "127.0.0.1" },
  {
    name: "TESA_RELAY_SECRET",
    description:
      "Secret that signs the keys of clients, 32 bytes or more; two, with a space between, while it is changed",
    default: undefined,
  },
  {
    name: "TESA_RELAY_OPEN",
    description: "1: no keys at all, for programs on this machine alone",
    default: undefined,
  },
  {
    name: "TESA_RELAY_ORIGINS",
    description: "Origins of web pages that may use the relay, separated by commas: https://app.example.com",
    default: undefined,
  },
];
