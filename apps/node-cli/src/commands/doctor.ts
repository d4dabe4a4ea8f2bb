import { CONFIG_VARIABLES } from "@tesa/core/config";
import { onStopSignals, searching, usageError } from "@tesa/process";
import type { Command } from "commander";
import { wantsColour } from "../colours.ts";
import { addConnectionOptions, type ConnectionFlags, readConnectionOptions } from "../connection-options.ts";
import { EXAMPLES, exitCodeHelp, variablesHelp } from "../help.ts";
import { NumberReader } from "../numbers.ts";

interface DoctorFlags extends ConnectionFlags {
  readonly json?: true;
  readonly timeout: string;
}

/** `tesa doctor` */
export function addDoctor(program: Command, exit: (code: number) => void): void {
  const command = program
    .command("doctor")
    .summary("find out why it does not connect")
    .description(
      "Checks one step after the other, from the settings to the first message of a device, and says where it fails, " +
        "why that is likely, and what to do. Ends with 0 if every step went well.",
    );
  addConnectionOptions(command)
    .option("--timeout <seconds>", "the longest that one step may take", "10")
    .option("--json", "one JSON object for programs")
    .addHelpText("after", () => `${EXAMPLES.doctor}\n${variablesHelp(CONFIG_VARIABLES)}\n${exitCodeHelp()}`)
    .action(async (flags: DoctorFlags) => exit(await doctor(flags)));
}

async function doctor(flags: DoctorFlags): Promise<number> {
  const numbers = new NumberReader();
  const timeout = numbers.read("--timeout", flags.timeout, { min: 0.1, max: 3_600, unit: "seconds" });
  if (timeout === undefined) throw usageError(numbers.problems);
  const environment = readConnectionOptions(flags);
  const { runDoctor } = await import("../doctor/index.ts");
  const stop = new AbortController();
  const release = onStopSignals({ onStop: () => stop.abort() });
  try {
    return await runDoctor({
      record: environment.record,
      label: environment.label,
      explain: searching(environment),
      json: flags.json ?? false,
      stdout: process.stdout,
      colour: wantsColour({ env: process.env, isTerminal: process.stdout.isTTY }),
      timeoutMs: timeout * 1_000,
      signal: stop.signal,
    });
  } finally {
    release();
  }
}
