import { parseToken, TesaError } from "@tesa/core";
import {
  type Environment,
  localDateTime,
  problemsError,
  quote,
  readEnvironment,
  standardOutput,
  type Variable,
  writeUntilClosed,
} from "@tesa/process";
import {
  createRelayKey,
  MAX_KEY_LIFE_MS,
  parseRelaySecrets,
  RELAY_SCOPES,
  type RelayScope,
} from "@tesa/relay";
import type { Command } from "commander";
import { EXAMPLES, exitCodeHelp } from "../help.ts";
import { dotenvFolders } from "../settings-sources.ts";
import { parseDuration } from "../time-option.ts";

interface KeyFlags {
  readonly org?: string;
  readonly device?: string;
  readonly scope: string;
  readonly expires: string;
  readonly dotenv?: string | false;
}

type KeyVariable = "TESA_RELAY_SECRET" | "MQTT_API_TOKEN";

const VARIABLES: readonly Variable<KeyVariable>[] = [
  {
    name: "TESA_RELAY_SECRET",
    description: "Secret that signs the keys of the relay's clients",
    default: undefined,
  },
  { name: "MQTT_API_TOKEN", description: "Names the organisation", default: undefined },
];

/** `tesa relay` */
export function addRelay(program: Command, exit: (code: number) => void): void {
  const command = program
    .command("relay")
    .summary("make keys for clients of a relay")
    .description("Keys let clients read from a relay, for a while, and devices of your choice only.")
    .addHelpText("after", () => `${EXAMPLES.relay}\n${exitCodeHelp()}`);
  command
    .command("key")
    .description("Makes a key and writes it to standard output.")
    .option("--org <name>", "organisation (default: that of MQTT_API_TOKEN)")
    .option("--device <ids>", "only these devices, separated by commas (default: all)")
    .option("--scope <names>", `what it is for: of ${RELAY_SCOPES.join(", ")}`, "stream,history")
    .option("--expires <time>", "how long it is good: 30s, 15min, 12h; a day at the most", "1h")
    .option("--dotenv <file>", "read this file instead of .env")
    .option("--no-dotenv", "read no .env")
    .action(async (flags: KeyFlags) => exit(await makeKey(flags)));
}

async function makeKey(flags: KeyFlags): Promise<number> {
  const { dotenv } = flags;
  const environment = readEnvironment({
    env: process.env,
    variables: VARIABLES,
    envFile: dotenv,
    folders: dotenvFolders(),
  });
  const usage: string[] = [];
  const config: string[] = [];
  const scope = readScope(flags.scope, usage);
  const expiresInMs = readExpiry(flags.expires, usage);
  const devices = readDevices(flags.device, usage);
  const organisation = flags.org ?? organisationOf(environment, usage);
  const secret = await readSecret(environment, config);
  const problem = problemsError({ usage, config });
  if (problem !== null || secret === undefined) throw problem;
  const { key, expiresAt } = await createRelayKey({
    secret,
    organisation,
    scope,
    expiresInMs,
    now: Date.now(),
    ...(devices === undefined ? {} : { devices }),
  });
  const whose = devices === undefined ? "all devices" : devices.map((device) => quote(device)).join(", ");
  await writeUntilClosed(standardOutput(process.stdout).write(`${key}\n`));
  process.stderr.write(
    `tesa: key of ${quote(organisation)} for ${whose}; ${scope.join(", ")}; until ${localDateTime(expiresAt)}\n`,
  );
  return 0;
}

function readScope(text: string, problems: string[]): readonly RelayScope[] {
  const names = splitList(text);
  const unknown = names.filter((name) => !RELAY_SCOPES.some((scope) => scope === name));
  if (names.length === 0 || unknown.length > 0) {
    problems.push(
      `--scope takes some of ${RELAY_SCOPES.join(", ")}, with commas between; not ${quote(text)}.`,
    );
  }
  return RELAY_SCOPES.filter((scope) => names.includes(scope));
}

function readExpiry(text: string, problems: string[]): number {
  const ms = parseDuration(text);
  if (ms !== undefined && ms >= 1_000 && ms <= MAX_KEY_LIFE_MS) return ms;
  problems.push(`--expires takes from 1s to 24h, such as 15min; not ${quote(text)}.`);
  return 0;
}

function readDevices(text: string | undefined, problems: string[]): readonly string[] | undefined {
  if (text === undefined) return undefined;
  const devices = splitList(text);
  if (devices.length === 0) problems.push("--device names no device: leave it out for all of them.");
  return devices;
}

function organisationOf({ record }: Environment<KeyVariable>, problems: string[]): string {
  const text = record.MQTT_API_TOKEN;
  try {
    if (text !== undefined) return parseToken(text).organisation;
  } catch {
    // A token that cannot be used names nobody; what is wrong with it is not what was asked.
  }
  problems.push("Whose key? Give --org, the name of your organisation as it stands in its tokens.");
  return "";
}

async function readSecret(environment: Environment<KeyVariable>, problems: string[]) {
  const text = environment.record.TESA_RELAY_SECRET;
  if (text === undefined) {
    problems.push(
      "TESA_RELAY_SECRET is not set: put the relay's own into the environment or .env. A new one: openssl rand -hex 32",
    );
    return undefined;
  }
  try {
    return (await parseRelaySecrets(text))[0];
  } catch (error) {
    if (!(error instanceof TesaError)) throw error;
    problems.push(error.message);
    return undefined;
  }
}

function splitList(text: string): readonly string[] {
  return text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}
