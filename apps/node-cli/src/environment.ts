import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { TesaError } from "@tesa/core";
import { readDotenv } from "./dotenv.ts";
import { quote } from "./printable.ts";
import { VARIABLES, type VariableName } from "./variables.ts";

/** A value that a flag gave for a variable. */
export interface FlagValue {
  /** As the user wrote it: `--broker`. */
  readonly flag: string;
  readonly value: string;
}

/** Where settings can come from, the strongest first. */
export interface EnvironmentOptions {
  readonly flags: Readonly<Partial<Record<VariableName, FlagValue>>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The file to read instead of `.env`; `false` reads none. @default `.env` of `folders`, the first there is */
  readonly envFile?: string | false | undefined;
  /** Where `.env` is looked for, in order. @default the current folder, then the app's own */
  readonly folders?: readonly string[];
}

/** The settings that won, and where each came from. */
export interface Environment {
  readonly record: Readonly<Partial<Record<VariableName, string>>>;
  /** How to call a setting so that the user finds it: `--broker`, `MQTT_TOPIC (in .env)`. */
  readonly label: (name: string) => string;
  /** The file that was read. */
  readonly envFile: string | undefined;
}

/** Settings that say the same in two ways: giving one takes back the others, where they come from a weaker source. */
const ALTERNATIVES: Readonly<Partial<Record<VariableName, readonly VariableName[]>>> = {
  MQTT_TOPIC: ["TESA_DEVICE", "TESA_SENSOR"],
  TESA_DEVICE: ["MQTT_TOPIC"],
  TESA_SENSOR: ["MQTT_TOPIC"],
  MQTT_API_TOKEN: ["TESA_TOKEN_FILE"],
  TESA_TOKEN_FILE: ["MQTT_API_TOKEN"],
  TESA_WEBHOOK_SECRET: ["TESA_WEBHOOK_SECRET_FILE"],
  TESA_WEBHOOK_SECRET_FILE: ["TESA_WEBHOOK_SECRET"],
};

interface Found {
  readonly value: string;
  readonly label: string;
}

/**
 * Gathers the settings: a flag wins over the environment, that over the `.env` file. Nothing is checked yet.
 * @throws TesaError `config` if the file that was asked for cannot be read
 */
export function readEnvironment(options: EnvironmentOptions): Environment {
  const { env, flags } = options;
  const file = findDotenv(options);
  const layers: readonly ((name: VariableName) => Found | undefined)[] = [
    (name) => found(file?.values[name], `${name} (in ${file?.path})`),
    (name) => found(env[name], name),
    (name) => found(flags[name]?.value, flags[name]?.flag ?? name),
  ];
  const settings: Partial<Record<VariableName, Found>> = {};
  for (const layer of layers) {
    const given = VARIABLES.flatMap(({ name }) => {
      const setting = layer(name);
      return setting === undefined ? [] : [{ name, setting }];
    });
    for (const { name } of given) for (const other of ALTERNATIVES[name] ?? []) delete settings[other];
    for (const { name, setting } of given) settings[name] = setting;
  }
  return {
    record: Object.fromEntries(Object.entries(settings).map(([name, { value }]) => [name, value])),
    label: (name) => settings[name as VariableName]?.label ?? name,
    envFile: file?.path,
  };
}

function found(value: string | undefined, label: string): Found | undefined {
  return value === undefined ? undefined : { value, label };
}

function findDotenv({ envFile, folders = [process.cwd(), appFolder()] }: EnvironmentOptions) {
  if (envFile === false) return undefined;
  if (envFile !== undefined) {
    const values = readDotenv(envFile);
    if (values !== undefined) return { path: envFile, values };
    throw new TesaError(
      "config",
      `The file ${quote(envFile)} of --env-file does not exist. A relative path starts at the folder you are in.`,
    );
  }
  for (const folder of folders) {
    const path = join(folder, ".env");
    const values = readDotenv(path);
    if (values !== undefined) return { path: folder === process.cwd() ? ".env" : path, values };
  }
  return undefined;
}

/** The folder of this app: `src` and `dist` are both right below it. */
function appFolder(): string {
  return fileURLToPath(new URL("..", import.meta.url));
}
