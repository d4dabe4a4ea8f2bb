import { DEFAULT_BROKER_URL } from "./broker-url.ts";

/** The names of the variables that {@link parseConfig} reads. */
export type ConfigVariableName =
  | "MQTT_API_TOKEN"
  | "TESA_TOKEN_FILE"
  | "MQTT_BROKER_URL"
  | "MQTT_TOPIC"
  | "TESA_DEVICE"
  | "TESA_SENSOR"
  | "MQTT_CLIENT_ID"
  | "MQTT_KEEPALIVE"
  | "MQTT_RECONNECT_PERIOD"
  | "CA_CERT_PATH"
  | "TESA_PROTOCOL_VERSION"
  | "TESA_RECEIVE_MAXIMUM"
  | "TESA_SESSION_EXPIRY"
  | "TESA_BROKER_QUEUE"
  | "TESA_SHARE";

/** A variable of the configuration, for `--help` and for the documentation. */
export interface ConfigVariable {
  readonly name: ConfigVariableName;
  /** One line, with unit and range, without a full stop at its end. */
  readonly description: string;
  /** What applies when it is not set, as it would be written; `undefined` if nothing does. */
  readonly default: string | undefined;
  /** Whether its value must never be shown. */
  readonly secret?: true;
}

/**
 * Every variable, in the order of the documentation. Those that begin with `MQTT_`, and `CA_CERT_PATH`, are the names of
 * the platform's public examples.
 */
export const CONFIG_VARIABLES: readonly ConfigVariable[] = [
  {
    name: "MQTT_API_TOKEN",
    description: "API token: Admin UI, Organization Settings > MQTT API Tokens",
    default: undefined,
    secret: true,
  },
  {
    name: "TESA_TOKEN_FILE",
    description: "File that holds the token, instead of MQTT_API_TOKEN; read anew at each connect",
    default: undefined,
  },
  {
    name: "MQTT_BROKER_URL",
    description: "Broker: wss://<host>:<port>/<path>, or ws:// on this machine; without a path, /mqtt",
    default: DEFAULT_BROKER_URL,
  },
  {
    name: "MQTT_TOPIC",
    description: "One topic filter",
    default: "device/+/telemetry/#",
  },
  {
    name: "TESA_DEVICE",
    description: "Device ids, separated by commas, instead of MQTT_TOPIC",
    default: undefined,
  },
  {
    name: "TESA_SENSOR",
    description: "Sensors as the topics name them, separated by commas, instead of MQTT_TOPIC",
    default: undefined,
  },
  {
    name: "MQTT_CLIENT_ID",
    description: "MQTT client id, up to 65535 bytes; not set, a random one that goes with the session",
    default: undefined,
  },
  {
    name: "MQTT_KEEPALIVE",
    description: "Keep-alive in seconds, 1 to 65535",
    default: "60",
  },
  {
    name: "MQTT_RECONNECT_PERIOD",
    description: "First wait before a reconnect in milliseconds, 1 to 30000; it doubles up to 30 s",
    default: "1000",
  },
  {
    name: "CA_CERT_PATH",
    description: "PEM file of a CA to trust instead of the system's",
    default: undefined,
  },
  {
    name: "TESA_PROTOCOL_VERSION",
    description: "MQTT version: 5, 3.1.1, or auto for 5 first and 3.1.1 if the broker knows no 5",
    default: "auto",
  },
  {
    name: "TESA_RECEIVE_MAXIMUM",
    description: "How many messages may be unacknowledged, 1 to 65535; MQTT 5 only",
    default: "1000",
  },
  {
    name: "TESA_SESSION_EXPIRY",
    description: "How long the broker keeps the session of a lost connection in seconds, 0 to 4294967295",
    default: "300",
  },
  {
    name: "TESA_BROKER_QUEUE",
    description:
      "How many messages the broker keeps for an absent client, 1 to 1000000000; tells when some may be lost",
    default: "1000",
  },
  {
    name: "TESA_SHARE",
    description:
      "Name of a group of workers that share the messages, each going to one of them; needs MQTT 5",
    default: undefined,
  },
];
