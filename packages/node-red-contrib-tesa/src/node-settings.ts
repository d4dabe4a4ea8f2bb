import { type Environment, type FlagValue, readEnvironment, type VariableName } from "@tesa/process";
import type { NodeConfig } from "./node-red.ts";

/** The fields of the editor, and the variables that they stand for. What is left empty comes from the environment. */
const FIELDS: readonly { readonly field: string; readonly variable: VariableName; readonly label: string }[] =
  [
    { field: "broker", variable: "MQTT_BROKER_URL", label: "Broker" },
    { field: "filter", variable: "MQTT_TOPIC", label: "Topic" },
    { field: "device", variable: "TESA_DEVICE", label: "Devices" },
    { field: "sensor", variable: "TESA_SENSOR", label: "Sensors" },
    { field: "ca", variable: "CA_CERT_PATH", label: "CA file" },
    { field: "log", variable: "TESA_LOG", label: "Log" },
    { field: "keep", variable: "TESA_KEEP", label: "Keep" },
  ];

/** What {@link nodeEnvironment} looks at. */
export interface NodeEnvironmentOptions {
  readonly config: NodeConfig;
  /** The token that is kept with the credentials of the flow. */
  readonly token: string | undefined;
  /** Where `.env` is looked for. */
  readonly userDir: string | undefined;
  readonly warn: (text: string) => void;
}

/** Gathers the settings of a node: its fields win over the environment, that over `.env` in Node-RED's user folder. */
export function nodeEnvironment({ config, token, userDir, warn }: NodeEnvironmentOptions): Environment {
  const flags: Partial<Record<VariableName, FlagValue>> = {};
  for (const { field, variable, label } of FIELDS) {
    const value = config[field];
    if (typeof value === "string" && value.trim() !== "")
      flags[variable] = { flag: label, value: value.trim() };
  }
  if (token !== undefined && token !== "") flags.MQTT_API_TOKEN = { flag: "Token", value: token };
  return readEnvironment({
    flags,
    env: process.env,
    folders: userDir === undefined ? [process.cwd()] : [userDir, process.cwd()],
    warn,
  });
}
