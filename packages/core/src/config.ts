import { type BackoffPolicy, DEFAULT_BACKOFF } from "./backoff.ts";
import { type ConfigValues, checkVariables } from "./config-schema.ts";
import { CONFIG_VARIABLES, type ConfigVariable, type ConfigVariableName } from "./config-variables.ts";
import { TesaError } from "./errors.ts";
import { quoteUrl, quoteValue } from "./quote-value.ts";
import { parseToken, type Token } from "./token.ts";
import { telemetryFilter } from "./topic.ts";

export { CONFIG_VARIABLES, type ConfigVariable, type ConfigVariableName } from "./config-variables.ts";

/** Where the token comes from. A file is read anew at each connect, so that a rotated token needs no restart. */
export type TokenSource =
  | { readonly type: "value"; readonly token: Token }
  | { readonly type: "file"; readonly path: string };

/** A checked configuration. */
export interface Config {
  /** `wss://host:port/path`, or `ws://` on loopback; never with user, password, query or fragment. */
  readonly brokerUrl: string;
  readonly token: TokenSource;
  /** Topic filters, at least one. */
  readonly filters: readonly string[];
  /** `undefined`: the session's own random one. */
  readonly clientId: string | undefined;
  readonly keepAliveSeconds: number;
  readonly backoff: BackoffPolicy;
  /** PEM file of a CA to trust instead of the system's. */
  readonly caCertPath: string | undefined;
  /** `auto`: MQTT 5, and 3.1.1 when the broker knows no 5. */
  readonly protocolVersion: "auto" | 4 | 5;
  readonly receiveMaximum: number;
  readonly sessionExpirySeconds: number;
  /** How many messages the broker keeps for an absent client before it drops the oldest. */
  readonly brokerQueue: number;
  /** The group of workers that share the messages; then `filters` are `$share/<group>/<filter>`. */
  readonly share: string | undefined;
}

/**
 * How long the broker keeps the session of a worker in a group, in seconds, unless it is set: long enough for a cut
 * connection to come back, short enough that the others soon get what a dead worker had not acknowledged.
 */
const SHARE_SESSION_EXPIRY = "5";

/** Where a configuration comes from: `process.env`, a read `.env` file, or any other record of texts. */
export type ConfigRecord = Readonly<Record<string, string | undefined>>;

/** Options of {@link parseConfig}. */
export interface ParseConfigOptions {
  /** How a problem calls a variable, such as `--keepalive (MQTT_KEEPALIVE)`. @default its name */
  readonly label?: (name: ConfigVariableName) => string;
}

/**
 * Checks a configuration. {@link CONFIG_VARIABLES} lists what it reads; other names are ignored. A variable that is set
 * but empty, or holds only spaces, is a mistake like any other.
 *
 * @throws TesaError `config` with a line for every problem in `problems`; none shows a token or a URL's password
 * @example
 * ```ts
 * const config = parseConfig({ MQTT_API_TOKEN: "tesa_mqtt_acme_FAKEFAKEFAKEFAKEFAKEFAKEFAKE0001", TESA_DEVICE: "g1" });
 * config.filters; // ["device/g1/telemetry/#"]
 * ```
 */
export function parseConfig(record: ConfigRecord, options: ParseConfigOptions = {}): Config {
  const label = options.label ?? ((name) => name);
  const checked = checkVariables(withDefaults(record));
  const problems = [...findEmptyProblems(record, label), ...findCombinationProblems(record, label)];
  if (!checked.ok) {
    for (const { name, text } of checked.problems) {
      problems.push(`${label(name)}${shownValue(name, record[name] ?? "")} ${text}.`);
    }
  }
  if (!checked.ok || problems.length > 0) throw configError(problems);
  return toConfig(checked.values);
}

type Label = (name: ConfigVariableName) => string;

function isSet(record: ConfigRecord, name: ConfigVariableName): boolean {
  return record[name] !== undefined;
}

function isEmpty(record: ConfigRecord, name: ConfigVariableName): boolean {
  return record[name]?.trim() === "";
}

/** The record with defaults where nothing is set, and where what is set is empty and reported as such. */
function withDefaults(record: ConfigRecord): ConfigRecord {
  return Object.fromEntries(
    CONFIG_VARIABLES.map((variable) => {
      const value = isEmpty(record, variable.name) ? undefined : record[variable.name];
      const isShared = variable.name === "TESA_SESSION_EXPIRY" && isSet(record, "TESA_SHARE");
      return [variable.name, value ?? (isShared ? SHARE_SESSION_EXPIRY : variable.default)];
    }),
  );
}

function findEmptyProblems(record: ConfigRecord, label: Label): string[] {
  return CONFIG_VARIABLES.filter(({ name }) => isEmpty(record, name)).map(
    (variable) => `${label(variable.name)} is set but empty: ${remedyForEmpty(variable)}.`,
  );
}

const TOKEN_ORIGIN = "Admin UI, Organization Settings > MQTT API Tokens";

function remedyForEmpty(variable: ConfigVariable): string {
  if (variable.name === "MQTT_API_TOKEN") return `put a token there (${TOKEN_ORIGIN})`;
  if (variable.default === undefined) return "give it a value, or remove it";
  return `give it a value, or remove it for the default, ${variable.default}`;
}

function findCombinationProblems(record: ConfigRecord, label: Label): string[] {
  const problems: string[] = [];
  if (!isSet(record, "MQTT_API_TOKEN") && !isSet(record, "TESA_TOKEN_FILE")) {
    problems.push(
      `${label("MQTT_API_TOKEN")} is not set: make a token (${TOKEN_ORIGIN}) and put it into .env as ` +
        `MQTT_API_TOKEN=tesa_mqtt_..., or name a file that holds it by ${label("TESA_TOKEN_FILE")}.`,
    );
  }
  const exclusive = [
    ["MQTT_API_TOKEN", "TESA_TOKEN_FILE"],
    ["MQTT_TOPIC", "TESA_DEVICE"],
    ["MQTT_TOPIC", "TESA_SENSOR"],
  ] as const;
  for (const [first, second] of exclusive) {
    if (isSet(record, first) && isSet(record, second)) {
      problems.push(`${label(first)} and ${label(second)} are both set, but only one can apply: remove one.`);
    }
  }
  if (isSet(record, "TESA_SHARE")) problems.push(...findShareProblems(record, label));
  return problems;
}

function findShareProblems(record: ConfigRecord, label: Label): string[] {
  const problems: string[] = [];
  const version = record.TESA_PROTOCOL_VERSION;
  if (version === "3.1.1" || version === "4") {
    problems.push(
      `${label("TESA_SHARE")} needs MQTT 5, but ${label("TESA_PROTOCOL_VERSION")} is ${version}: remove one of them.`,
    );
  }
  if (record.TESA_SESSION_EXPIRY === "0") {
    problems.push(
      `${label("TESA_SESSION_EXPIRY")} is 0: with ${label("TESA_SHARE")} the broker would throw away what a worker ` +
        "had not acknowledged when it stops. Give it a few seconds, or remove it.",
    );
  }
  return problems;
}

/** A value as it stands in a problem, with a space before it; nothing for a secret. */
function shownValue(name: ConfigVariableName, value: string): string {
  if (CONFIG_VARIABLES.some((variable) => variable.name === name && variable.secret)) return "";
  return ` ${name === "MQTT_BROKER_URL" ? quoteUrl(value) : quoteValue(value)}`;
}

function configError(problems: readonly string[]): TesaError {
  const count = problems.length === 1 ? "a problem" : `${problems.length} problems`;
  return new TesaError("config", `The configuration has ${count}:\n${problems.join("\n")}`, { problems });
}

function toConfig(values: ConfigValues): Config {
  return {
    brokerUrl: values.MQTT_BROKER_URL,
    token: toTokenSource(values),
    filters: toFilters(values).map((filter) => shared(values.TESA_SHARE, filter)),
    clientId: values.MQTT_CLIENT_ID,
    keepAliveSeconds: values.MQTT_KEEPALIVE,
    backoff: { ...DEFAULT_BACKOFF, firstMs: values.MQTT_RECONNECT_PERIOD },
    caCertPath: values.CA_CERT_PATH,
    protocolVersion: values.TESA_SHARE === undefined ? values.TESA_PROTOCOL_VERSION : 5,
    receiveMaximum: values.TESA_RECEIVE_MAXIMUM,
    sessionExpirySeconds: values.TESA_SESSION_EXPIRY,
    brokerQueue: values.TESA_BROKER_QUEUE,
    share: values.TESA_SHARE,
  };
}

/** MQTT 5, 4.8.2. */
function shared(group: string | undefined, filter: string): string {
  return group === undefined ? filter : `$share/${group}/${filter}`;
}

function toTokenSource({ MQTT_API_TOKEN, TESA_TOKEN_FILE }: ConfigValues): TokenSource {
  return TESA_TOKEN_FILE === undefined
    ? { type: "value", token: parseToken(MQTT_API_TOKEN ?? "") }
    : { type: "file", path: TESA_TOKEN_FILE };
}

/** Each named device with each named sensor; all filters differ in a literal level, so no message matches two. */
function toFilters({ MQTT_TOPIC, TESA_DEVICE, TESA_SENSOR }: ConfigValues): readonly string[] {
  if (TESA_DEVICE === undefined && TESA_SENSOR === undefined) return [MQTT_TOPIC];
  return (TESA_DEVICE ?? [undefined]).flatMap((device) =>
    (TESA_SENSOR ?? [undefined]).map((sensor) =>
      telemetryFilter({ ...(device !== undefined && { device }), ...(sensor !== undefined && { sensor }) }),
    ),
  );
}
