import {
  readConfiguration,
  type StorageSettings,
  standardOutput,
  streamTelemetry,
  VARIABLES,
} from "@tesa/process";
import type { Command } from "commander";
import { coloursFor } from "../colours.ts";
import {
  addConnectionOptions,
  type ConnectionFlags,
  readConnectionOptions,
  repeatedFlags,
} from "../connection-options.ts";
import { EXAMPLES, exitCodeHelp, variablesHelp } from "../help.ts";
import { NumberReader } from "../numbers.ts";
import { connectToParent } from "../parent.ts";
import { shellWord, tesaCommand } from "../pnpm-command.ts";
import { LOG_EXAMPLE } from "../settings-sources.ts";
import { addStorageOptions, givenStorage, type StorageFlags } from "../storage-options.ts";
import { type OutputFlags, openOutputs } from "../stream/outputs.ts";

/** The longest that a timer of Node can be, in seconds: 2^31 - 1 milliseconds. */
const MAX_TIMEOUT_SECONDS = 2_147_483;

interface StreamFlags extends ConnectionFlags, StorageFlags, OutputFlags {
  readonly count?: string;
  readonly timeout?: string;
  readonly wait: boolean;
}

/** `tesa stream` */
export function addStream(program: Command, exit: (code: number) => void): void {
  const command = program
    .command("stream")
    .summary("stream the telemetry of your devices")
    .description(
      "Streams the telemetry of your devices: readable lines on a terminal, one JSON object per line elsewhere. " +
        "Standard output gets messages and nothing else; how it goes is told on standard error. " +
        "A message is acknowledged to the broker when it has been written, with --output when it is on the disk. " +
        "With --log it is acknowledged when the log has it; the output, PostgreSQL and the webhook follow the log, " +
        "each at its own pace.",
    );
  addStorageOptions(addConnectionOptions(command))
    .option("--count <n>", "end after this many messages; with a log, more may have been stored")
    .option("--timeout <seconds>", "end after this time, with exit code 124")
    .option("--json", "one JSON object per line, on a terminal too")
    .option(
      "--output <file>",
      "append JSON lines to a file; a terminal still shows lines, a pipe gets nothing unless --json asks for it",
    )
    .option("--no-wait", "end with 69 if the broker cannot be reached at the first attempt")
    .addHelpText("after", () => `${EXAMPLES.stream}\n${variablesHelp(VARIABLES)}\n${exitCodeHelp()}`)
    .action(async (flags: StreamFlags) => exit(await stream(flags)));
}

async function stream(flags: StreamFlags): Promise<number> {
  const numbers = new NumberReader();
  const count = numbers.read("--count", flags.count, { min: 1, max: Number.MAX_SAFE_INTEGER, whole: true });
  const range = { min: 0.001, max: MAX_TIMEOUT_SECONDS, unit: "seconds" };
  const timeout = numbers.read("--timeout", flags.timeout, range);
  const environment = readConnectionOptions(flags, givenStorage(flags));
  const configuration = await readConfiguration(environment, {
    usage: numbers.problems,
    logExample: LOG_EXAMPLE,
  });
  const stop = new AbortController();
  const parent = connectToParent(() => stop.abort());
  const { exitCode, messages } = await streamTelemetry({
    configuration,
    openOutputs: (status) => openOutputs(flags, standardOutput(process.stdout), () => status.passing.clear()),
    count,
    timeoutMs: timeout === undefined ? undefined : timeout * 1_000,
    wait: flags.wait,
    stop,
    observer: {
      onState: (state) => {
        if (state.type === "live") parent.tell({ type: "live" });
      },
    },
    colours: coloursFor({ env: process.env, isTerminal: process.stderr.isTTY }),
    advice: {
      doctor: `${tesaCommand()} doctor${repeatedFlags(flags)}`,
      ...deadLetterAdvice(configuration.storage.log),
    },
  });
  parent.tell({ type: "ended", messages });
  return exitCode;
}

/** The command names the log of this run: who gave it by a flag would else be asked for it. */
function deadLetterAdvice(log: StorageSettings["log"]): { readonly deadLetters?: string } {
  if (log.type === "memory") return {};
  return { deadLetters: `${tesaCommand()} webhook list --log ${shellWord(`sqlite:${log.path}`)}` };
}
