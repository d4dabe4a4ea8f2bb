import { parseArgs } from "node:util";
import { RUN_NAMES, type RunName } from "./run-plan.ts";

/** What the command line says. */
export interface ChaosOptions {
  readonly seconds: number;
  readonly seed: number;
  readonly runs: readonly RunName[];
  /** Messages per second. */
  readonly rate: number;
  readonly kills: number;
  readonly cuts: number;
  readonly json: boolean;
  /** Where the logs and what the CLI says are kept; `undefined`: in a folder that goes if all is well. */
  readonly keep: string | undefined;
  readonly broker: string | undefined;
}

/** What is wrong with the command line. */
export class UsageError extends Error {}

/** A kill and a cut every so many seconds: twenty of each in a minute. */
const SECONDS_PER_FAULT = 3;

export const USAGE: string = `Usage: pnpm chaos [options]

Kills tesa stream and cuts its connection again and again while devices publish, fails what is behind it, and then counts
every message. Ends with 1 if one was lost, or stored twice, or lies in no gap.

  --seconds <n>    how long devices publish in each run (default: 60)
  --seed <n>       chooses the moments of the faults (default: a random one, which is told)
  --run <name>     A, B, C, D, several separated by commas, or all (default: A,B,C; with --broker: B,C)
  --rate <n>       messages per second over all devices (default: 2000)
  --kills <n>      how often the CLI is killed (default: one in ${SECONDS_PER_FAULT} s)
  --cuts <n>       how often its connection is cut (default: the same)
  --json           the counts as one JSON object on standard output
  --keep <folder>  keep the logs and what the CLI says there
  --broker <url>   a broker that runs already, wss://host:port/path, instead of the platform in a box; see the README
  --help

Runs:
  A  one worker, a broker queue for every outage: nothing may be dropped
  B  one worker, EMQX's queue of 1,000: what is dropped must lie inside a recorded gap
  C  two workers that share the messages, killed in turn: nothing may be lost; duplicates are only counted
  D  one worker far away, which messages outrun: what is dropped must lie inside a recorded gap
`;

/** Reads the command line; `undefined` if it asks for help. @throws UsageError */
export function parseOptions(args: readonly string[]): ChaosOptions | undefined {
  const values = parse(args);
  if (values.help) return undefined;
  const seconds = readNumber("--seconds", values.seconds ?? "60", { min: 1, max: 86_400 });
  const usual = String(Math.max(1, Math.round(seconds / SECONDS_PER_FAULT)));
  const faults = { min: 0, max: 100_000, isWhole: true };
  return {
    seconds,
    seed: readNumber("--seed", values.seed ?? String(randomSeed()), {
      min: 0,
      max: 2 ** 32 - 1,
      isWhole: true,
    }),
    runs: readRuns(values.run ?? (values.broker === undefined ? "A,B,C" : "B,C")),
    rate: readNumber("--rate", values.rate ?? "2000", { min: 1, max: 100_000 }),
    kills: readNumber("--kills", values.kills ?? usual, faults),
    cuts: readNumber("--cuts", values.cuts ?? usual, faults),
    json: values.json ?? false,
    keep: values.keep,
    broker: values.broker,
  };
}

function parse(args: readonly string[]) {
  const text = { type: "string" } as const;
  try {
    return parseArgs({
      args: [...args],
      strict: true,
      allowPositionals: false,
      options: {
        seconds: text,
        seed: text,
        run: text,
        rate: text,
        kills: text,
        cuts: text,
        keep: text,
        broker: text,
        json: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function randomSeed(): number {
  return Math.floor(Math.random() * 1_000_000);
}

function readNumber(
  name: string,
  text: string,
  { min, max, isWhole = false }: { min: number; max: number; isWhole?: boolean },
): number {
  const value = Number(text);
  const isGood = text.trim() !== "" && value >= min && value <= max && (!isWhole || Number.isInteger(value));
  if (isGood) return value;
  throw new UsageError(`${name} is "${text}": use a ${isWhole ? "whole " : ""}number from ${min} to ${max}.`);
}

function readRuns(text: string): readonly RunName[] {
  if (text === "all") return RUN_NAMES;
  const names = text.split(",").map((name) => name.trim().toUpperCase());
  const unknown = names.find((name) => !isRunName(name));
  if (unknown !== undefined) throw new UsageError(`--run is "${text}": use A, B, C, D, or all.`);
  return RUN_NAMES.filter((name) => names.includes(name));
}

function isRunName(name: string): name is RunName {
  return RUN_NAMES.some((known) => known === name);
}
