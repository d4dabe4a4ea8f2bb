import type { ReadQuery } from "@tesa/log";
import type { Environment } from "@tesa/process";
import type { Command } from "commander";
import { type GivenFlags, readSources } from "./settings-sources.ts";
import { LOG_OPTION } from "./storage-options.ts";
import { readTime } from "./time-option.ts";

/** What commander makes of the flags of {@link addLogOptions}. */
export interface LogFlags {
  readonly log?: string;
  readonly dotenv?: string | false;
}

/** What commander makes of the flags of {@link addQueryOptions}. */
export interface QueryFlags extends LogFlags {
  readonly device?: string;
  readonly sensor?: string;
  readonly from?: string;
  readonly to?: string;
}

/** Adds the flags that name the log. */
export function addLogOptions(command: Command): Command {
  return command
    .option(...LOG_OPTION)
    .option("--dotenv <file>", "read this file instead of .env")
    .option("--no-dotenv", "read no .env");
}

/** Adds the flags that choose among messages. */
export function addQueryOptions(command: Command): Command {
  return addLogOptions(command)
    .option("--device <id>", "only this device")
    .option("--sensor <name>", "only what has this sensor in its topic or among its readings")
    .option("--from <time>", "only what was received at this time or later")
    .option("--to <time>", "only what was received before this time");
}

/**
 * The settings for a command about a log. Those of the stream, such as TESA_DEVICE, choose nothing here.
 * @param more What other flags give.
 */
export function readLogEnvironment({ log, dotenv }: LogFlags, more: GivenFlags = {}): Environment {
  const flags = log === undefined ? more : { ...more, TESA_LOG: { flag: "--log", value: log } };
  return readSources(flags, dotenv);
}

/** What the flags choose. */
export type Selection = Pick<ReadQuery, "device" | "sensor" | "from" | "to">;

/** Reads the flags; what is wrong goes to `problems`. */
export function readSelection(flags: QueryFlags, problems: string[]): Selection {
  const now = Date.now();
  const from = readTime("--from", flags.from, { now, problems });
  const to = readTime("--to", flags.to, { now, problems });
  if (from !== undefined && to !== undefined && from >= to) {
    problems.push(
      `--from (${new Date(from).toISOString()}) is not before --to (${new Date(to).toISOString()}).`,
    );
  }
  const { device, sensor } = flags;
  return {
    ...(device === undefined ? {} : { device }),
    ...(sensor === undefined ? {} : { sensor }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  };
}
