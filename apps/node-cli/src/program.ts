import { readFileSync } from "node:fs";
import { exitCodeFor, TesaError } from "@tesa/core";
import { INTERNAL_ERROR, redact, redactKeys, runProgram } from "@tesa/process";
import { Command, CommanderError } from "commander";
import { addDemo } from "./commands/demo.ts";
import { addDoctor } from "./commands/doctor.ts";
import { addHistory } from "./commands/history.ts";
import { addPlatform } from "./commands/platform.ts";
import { addRelay } from "./commands/relay.ts";
import { addReplay } from "./commands/replay.ts";
import { addSimulate } from "./commands/simulate.ts";
import { addStream } from "./commands/stream.ts";
import { addWebhook } from "./commands/webhook.ts";
import { EXAMPLES } from "./help.ts";
import { tesaCommand } from "./pnpm-command.ts";
import { reportError } from "./report-error.ts";

/** Runs the command line and ends the process with its exit code. */
export async function main(args: readonly string[]): Promise<void> {
  await runProgram(() => runCommand(args), { report: (error) => reportError(error) });
}

async function runCommand(args: readonly string[]): Promise<number> {
  let exitCode = INTERNAL_ERROR;
  const program = createProgram((code) => {
    exitCode = code;
  });
  try {
    refuseSecrets(args);
    await program.parseAsync(args, { from: "user" });
    return exitCode;
  } catch (error) {
    const command = program.commands.find((known) => known.name() === args[0])?.name();
    if (!(error instanceof CommanderError)) return reportError(error, command);
    // Help and version that were asked for have exit code 0; commander has told everything else.
    return error.exitCode === 0 ? 0 : exitCodeFor(new TesaError("usage", error.message));
  }
}

function createProgram(exit: (code: number) => void): Command {
  const program = new Command("tesa")
    .description("Streams live telemetry of TESAIoT devices into the terminal, a file or a pipe.")
    .version(version(), "-V, --version")
    .exitOverride()
    .configureOutput({
      outputError: (text, write) => write(`tesa: ${redact(text).replace(/^error: /, "")}`),
    })
    .addHelpText("after", EXAMPLES.program);
  addStream(program, exit);
  addHistory(program, exit);
  addReplay(program, exit);
  addWebhook(program, exit);
  addRelay(program, exit);
  addDoctor(program, exit);
  addPlatform(program, exit);
  addSimulate(program, exit);
  addDemo(program, exit);
  for (const command of program.commands) {
    command.showHelpAfterError(`See: ${tesaCommand()} ${command.name()} --help`);
  }
  return program.showHelpAfterError(`See: ${tesaCommand()} --help`);
}

/** A token, a secret, or a user name and password, on the command line is in every process list and in the shell's history. */
function refuseSecrets(args: readonly string[]): void {
  const isSecret = (arg: string) =>
    /^--?(mqtt-?|webhook-?)?(api-?)?(token|password|username|secret)(=|$)/i.test(arg) ||
    redactKeys(arg) !== arg;
  const secret = args.find(isSecret);
  if (secret === undefined) return;
  const isOfWebhook = /whsec_|secret/i.test(secret);
  throw new TesaError(
    "usage",
    isOfWebhook
      ? "The secret of a webhook is not given on the command line: everybody on this machine can see it in the process " +
          "list. Put it into .env as TESA_WEBHOOK_SECRET=..., or into a file that TESA_WEBHOOK_SECRET_FILE names."
      : "A token is not given on the command line: everybody on this machine can see it in the process list, and it stays " +
          "in the shell's history. Put it into .env as MQTT_API_TOKEN=..., or into a file that TESA_TOKEN_FILE names.",
  );
}

function version(): string {
  const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  const { version: value }: { version: string } = JSON.parse(text);
  return value;
}
