import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { TesaError } from "@tesa/core";
import { readDotenv } from "./dotenv.ts";
import { misspelt } from "./misspelt.ts";
import { tesaCommand } from "./pnpm-command.ts";
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
  /** Told of what in the file is probably a mistake. */
  readonly warn?: (text: string) => void;
}

/** The settings that won, and where each came from. */
export interface Environment {
  readonly record: Readonly<Partial<Record<VariableName, string>>>;
  /** How to call a setting so that the user finds it: `--broker`, `MQTT_TOPIC (in .env)`. */
  readonly label: (name: string) => string;
  /** The file that was read. */
  readonly envFile: string | undefined;
  /** The folders in which no `.env` was found; empty if there is one, or none was to be read. */
  readonly searched: readonly string[];
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
  const { env, flags, folders = [process.cwd(), appFolder()] } = options;
  const file = findDotenv(options, folders);
  for (const { name, meant } of misspelt(Object.keys(file?.values ?? {}))) {
    options.warn?.(`${file?.path} sets ${name}, which nothing reads. Is ${meant} meant?`);
  }
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
    searched: file === undefined && options.envFile === undefined ? folders : [],
  };
}

/** Where a setting was looked for, to be added to the complaint that it is missing; empty where a file was read. */
export function whereSearched({ searched }: Pick<Environment, "searched">): string {
  if (searched.length === 0) return "";
  return ` There is no .env in ${[...new Set(searched.map((folder) => quote(join(folder), 200)))].join(" or ")}.`;
}

function found(value: string | undefined, label: string): Found | undefined {
  return value === undefined ? undefined : { value, label };
}

function findDotenv({ envFile }: EnvironmentOptions, folders: readonly string[]) {
  if (envFile === false) return undefined;
  if (envFile !== undefined) {
    const values = readDotenv(envFile);
    if (values !== undefined) return { path: envFile, values };
    throw new TesaError(
      "config",
      `The file ${quote(envFile)} of --dotenv does not exist. ${whyMissing(envFile)}`,
    );
  }
  for (const folder of folders) {
    const path = join(folder, ".env");
    const values = readDotenv(path);
    if (values !== undefined) return { path: folder === process.cwd() ? ".env" : path, values };
  }
  return undefined;
}

/** A name as `tesa platform` gives it: its files are there only while it runs. */
function whyMissing(path: string): string {
  if (!/^platform(\.\w+)*\.env$/.test(basename(path)))
    return "A relative path starts at the folder you are in.";
  return `It is there while the platform in a box runs: start it first, in the same folder, by: ${tesaCommand()} platform`;
}

/** The folder of this app: `src` and `dist` are both right below it. */
function appFolder(): string {
  return fileURLToPath(new URL("..", import.meta.url));
}
