import type { Environment, FlagValue, VariableName } from "@tesa/process";
import type { Command } from "commander";
import { shellWord } from "./pnpm-command.ts";
import { type GivenFlags, readSources } from "./settings-sources.ts";

/** What commander makes of the flags of {@link addConnectionOptions}. */
export interface ConnectionFlags {
  readonly broker?: string;
  readonly device?: readonly string[];
  readonly sensor?: readonly string[];
  readonly topic?: string;
  readonly ca?: string;
  readonly clientId?: string;
  readonly keepalive?: string;
  readonly protocol?: string;
  readonly dotenv?: string | false;
}

/** Those that are given once, each with the variable that it stands for. */
const SINGLE_FLAGS = [
  ["MQTT_TOPIC", "--topic", "topic"],
  ["MQTT_BROKER_URL", "--broker", "broker"],
  ["CA_CERT_PATH", "--ca", "ca"],
  ["MQTT_CLIENT_ID", "--client-id", "clientId"],
  ["MQTT_KEEPALIVE", "--keepalive", "keepalive"],
  ["TESA_PROTOCOL_VERSION", "--protocol", "protocol"],
] as const satisfies readonly (readonly [VariableName, string, keyof ConnectionFlags])[];

/** Adds the flags that say where to connect and what to subscribe to. None takes a token: process lists show flags. */
export function addConnectionOptions(command: Command): Command {
  const gather = (value: string, earlier: readonly string[] = []) => [...earlier, value];
  return command
    .option("--device <id>", "only this device (repeatable)", gather)
    .option(
      "--sensor <name>",
      "only this sensor, as it stands in the topic: motor/2/rpm (repeatable)",
      gather,
    )
    .option("--topic <filter>", "an MQTT topic filter instead")
    .option("--broker <url>", "wss://host:port/path; ws:// on this machine only")
    .option("--ca <file>", "PEM file of the CA to trust instead of the system's")
    .option("--client-id <id>", "MQTT client id")
    .option("--keepalive <seconds>", "MQTT keep-alive")
    .option("--protocol <version>", "MQTT 5 or 3.1.1")
    .option("--dotenv <file>", "read this file instead of .env")
    .option("--no-dotenv", "read no .env");
}

/**
 * The settings from flags, environment and `.env`.
 * @param more What other flags give.
 */
export function readConnectionOptions(flags: ConnectionFlags, more: GivenFlags = {}): Environment {
  const given: Partial<Record<VariableName, FlagValue>> = { ...more };
  const set = (name: VariableName, flag: string, value: string | undefined) => {
    if (value !== undefined) given[name] = { flag, value };
  };
  set("TESA_DEVICE", "--device", flags.device?.join(","));
  set("TESA_SENSOR", "--sensor", flags.sensor?.join(","));
  for (const [variable, flag, name] of SINGLE_FLAGS) set(variable, flag, flags[name]);
  return readSources(given, flags.dotenv);
}

/**
 * The flags as they are to be typed again, for another command that connects likewise; begins with a space, or is empty.
 * Without the client id: two programs cannot share one.
 */
export function repeatedFlags(flags: ConnectionFlags): string {
  const { device = [], sensor = [], dotenv } = flags;
  const words = [
    ...device.flatMap((id) => ["--device", id]),
    ...sensor.flatMap((name) => ["--sensor", name]),
    ...SINGLE_FLAGS.flatMap(([, flag, name]) => {
      const value = flags[name];
      return value === undefined || name === "clientId" ? [] : [flag, value];
    }),
    ...(dotenv === undefined ? [] : dotenv === false ? ["--no-dotenv"] : ["--dotenv", dotenv]),
  ];
  return words.map((word) => ` ${shellWord(word)}`).join("");
}
