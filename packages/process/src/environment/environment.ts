import { join, resolve } from "node:path";
import { TesaError } from "@tesa/core";
import { quote } from "../status/printable.ts";
import { readDotenv } from "./dotenv.ts";
import { misspelt } from "./misspelt.ts";
import { VARIABLES, type Variable, type VariableName } from "./variables.ts";

/** A value that a flag gave for a variable. */
export interface FlagValue {
  /** As the user wrote it: `--broker`. */
  readonly flag: string;
  readonly value: string;
}

/** Where settings can come from, the strongest first. */
export interface EnvironmentOptions<Name extends string = VariableName> {
  /** @default none */
  readonly flags?: Readonly<Partial<Record<Name, FlagValue>>>;
  /** `process.env`, as a rule. No other names than those of `variables` are looked up in it. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What a program can be set by. @default VARIABLES */
  readonly variables?: readonly Variable<Name>[];
  /** The file to read instead of `.env`; `false` reads none. @default `.env` of `folders`, the first there is */
  readonly envFile?: string | false | undefined;
  /** Where `.env` is looked for, in order. @default the current folder */
  readonly folders?: readonly string[];
  /** Told of what in the file is probably a mistake. */
  readonly warn?: (text: string) => void;
  /** What to do about an `envFile` that does not exist. @default that a relative path starts at the current folder */
  readonly whenMissing?: (path: string) => string;
}

/** The settings that won, and where each came from. */
export interface Environment<Name extends string = VariableName> {
  readonly record: Readonly<Partial<Record<Name, string>>>;
  /** How to call a setting so that the user finds it: `--broker`, `MQTT_TOPIC (in .env)`. */
  readonly label: (name: string) => string;
  /** The file that was read. */
  readonly envFile: string | undefined;
  /** The folders in which no `.env` was found; empty if there is one, or none was to be read. */
  readonly searched: readonly string[];
}

/** Settings that say the same in two ways: giving one takes back the others, where they come from a weaker source. */
const ALTERNATIVES: Readonly<Record<string, readonly string[]>> = {
  MQTT_TOPIC: ["TESA_DEVICE", "TESA_SENSOR"],
  TESA_DEVICE: ["MQTT_TOPIC"],
  TESA_SENSOR: ["MQTT_TOPIC"],
  MQTT_API_TOKEN: ["TESA_TOKEN_FILE"],
  TESA_TOKEN_FILE: ["MQTT_API_TOKEN"],
  TESA_WEBHOOK_SECRET: ["TESA_WEBHOOK_SECRET_FILE"],
  TESA_WEBHOOK_SECRET_FILE: ["TESA_WEBHOOK_SECRET"],
  TESA_RELAY_SECRET: ["TESA_RELAY_OPEN"],
  TESA_RELAY_OPEN: ["TESA_RELAY_SECRET"],
};

const STARTS_HERE = "A relative path starts at the folder you are in.";

interface Found {
  readonly value: string;
  readonly label: string;
}

/**
 * Gathers the settings: a flag wins over the environment, that over the `.env` file. Nothing is checked yet.
 * @throws TesaError `config` if the file that was asked for cannot be read
 */
export function readEnvironment<Name extends string = VariableName>(
  options: EnvironmentOptions<Name>,
): Environment<Name> {
  const { env, flags, folders = [process.cwd()] } = options;
  // The type says that whoever names other variables gives their list.
  const variables =
    options.variables ?? (VARIABLES as readonly Variable<string>[] as readonly Variable<Name>[]);
  const file = findDotenv(options, folders);
  for (const { name, meant } of misspelt(Object.keys(file?.values ?? {}), variables)) {
    options.warn?.(`${file?.path} sets ${name}, which nothing reads. Is ${meant} meant?`);
  }
  const layers: readonly ((name: Name) => Found | undefined)[] = [
    (name) => found(file?.values[name], `${name} (in ${file?.path})`),
    (name) => found(env[name], name),
    (name) => found(flags?.[name]?.value, flags?.[name]?.flag ?? name),
  ];
  const settings: Partial<Record<string, Found>> = {};
  for (const layer of layers) {
    const given = variables.flatMap(({ name }) => {
      const setting = layer(name);
      return setting === undefined ? [] : [{ name, setting }];
    });
    for (const { name } of given) for (const other of ALTERNATIVES[name] ?? []) delete settings[other];
    for (const { name, setting } of given) settings[name] = setting;
  }
  return {
    record: Object.fromEntries(
      variables.flatMap(({ name }) => {
        const setting = settings[name];
        return setting === undefined ? [] : [[name, setting.value]];
      }),
    ) as Partial<Record<Name, string>>,
    label: (name) => settings[name]?.label ?? name,
    envFile: file?.path,
    searched: file === undefined && options.envFile === undefined ? folders : [],
  };
}

/** Where a setting was looked for, to be added to the complaint that it is missing; empty where a file was read. */
export function whereSearched({ searched }: Pick<Environment, "searched">): string {
  if (searched.length === 0) return "";
  return ` There is no .env in ${[...new Set(searched.map((folder) => quote(resolve(folder), 200)))].join(" or ")}.`;
}

function found(value: string | undefined, label: string): Found | undefined {
  return value === undefined ? undefined : { value, label };
}

function findDotenv(
  { envFile, whenMissing }: Pick<EnvironmentOptions, "envFile" | "whenMissing">,
  folders: readonly string[],
) {
  if (envFile === false) return undefined;
  if (envFile !== undefined) {
    const values = readDotenv(envFile);
    if (values !== undefined) return { path: envFile, values };
    throw new TesaError(
      "config",
      `The file ${quote(envFile)} of --dotenv does not exist. ${whenMissing?.(envFile) ?? STARTS_HERE}`,
    );
  }
  for (const folder of folders) {
    const path = join(folder, ".env");
    const values = readDotenv(path);
    if (values !== undefined) return { path: folder === process.cwd() ? ".env" : path, values };
  }
  return undefined;
}
