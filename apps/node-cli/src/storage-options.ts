import type { FlagValue, VariableName } from "@tesa/process";
import type { Command } from "commander";
import type { GivenFlags } from "./settings-sources.ts";

/** What commander makes of the flags of {@link addStorageOptions}. */
export interface StorageFlags {
  readonly log?: string;
  readonly keep?: readonly string[];
  readonly postgres?: string;
  readonly postgresTable?: string;
  readonly webhook?: string;
  readonly webhookName?: string;
  readonly share?: string;
}

/** The flag that names the log, the same for every command. */
export const LOG_OPTION = ["--log <where>", "sqlite:<file>, such as sqlite:./telemetry.db"] as const;

/** Adds the flags that say where messages are kept and where they go from there. None takes a secret. */
export function addStorageOptions(command: Command): Command {
  const gather = (value: string, earlier: readonly string[] = []) => [...earlier, value];
  return command
    .option(
      "--log <where>",
      "sqlite:<file>: keep messages there, and acknowledge them when they are on its disk",
    )
    .option(
      "--keep <limit>",
      "how much the log keeps: 7d, 1000000, 10GB (repeatable; default: everything)",
      gather,
    )
    .option(
      "--postgres <url>",
      "mirror the log into this PostgreSQL; a password belongs into TESA_POSTGRES_URL",
    )
    .option("--postgres-table <name>", "table there, made if it is missing (default: telemetry)")
    .option("--webhook <url>", "send the log to this webhook; its secret is TESA_WEBHOOK_SECRET")
    .option("--webhook-name <name>", "keep the webhook's place under this name, so that its URL may change")
    .option("--share <group>", "share the messages with the other workers of this group (MQTT 5)");
}

/** What the flags give. */
export function givenStorage(flags: StorageFlags): GivenFlags {
  const given: Partial<Record<VariableName, FlagValue>> = {};
  const set = (name: VariableName, flag: string, value: string | undefined) => {
    if (value !== undefined) given[name] = { flag, value };
  };
  set("TESA_LOG", "--log", flags.log);
  set("TESA_KEEP", "--keep", flags.keep?.join(","));
  set("TESA_POSTGRES_URL", "--postgres", flags.postgres);
  set("TESA_POSTGRES_TABLE", "--postgres-table", flags.postgresTable);
  set("TESA_WEBHOOK_URL", "--webhook", flags.webhook);
  set("TESA_WEBHOOK_NAME", "--webhook-name", flags.webhookName);
  set("TESA_SHARE", "--share", flags.share);
  return given;
}
