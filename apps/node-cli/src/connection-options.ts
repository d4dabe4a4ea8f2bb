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
  set("MQTT_TOPIC", "--topic", flags.topic);
  set("MQTT_BROKER_URL", "--broker", flags.broker);
  set("CA_CERT_PATH", "--ca", flags.ca);
  set("MQTT_CLIENT_ID", "--client-id", flags.clientId);
  set("MQTT_KEEPALIVE", "--keepalive", flags.keepalive);
  set("TESA_PROTOCOL_VERSION", "--protocol", flags.protocol);
  return readSources(given, flags.dotenv);
}

/** The flags as they are to be typed again, for another command that connects likewise; begins with a space, or is empty. */
export function repeatedFlags(flags: ConnectionFlags): string {
  const { dotenv } = flags;
  const words = [
    ...(flags.device ?? []).flatMap((device) => ["--device", device]),
    ...(flags.sensor ?? []).flatMap((sensor) => ["--sensor", sensor]),
    ...given("--topic", flags.topic),
    ...given("--broker", flags.broker),
    ...given("--ca", flags.ca),
    ...given("--keepalive", flags.keepalive),
    ...given("--protocol", flags.protocol),
    ...(dotenv === false ? ["--no-dotenv"] : given("--dotenv", dotenv)),
  ];
  return words.map((word) => ` ${shellWord(word)}`).join("");
}

function given(flag: string, value: string | undefined): readonly string[] {
  return value === undefined ? [] : [flag, value];
}
