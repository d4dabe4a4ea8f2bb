import { EXIT_CODES } from "@tesa/core";
import type { DeadLetters } from "@tesa/log";
import {
  createTeller,
  onStopSignals,
  plural,
  problemsError,
  StorageReader,
  standardOutput,
  type Teller,
  writeUntilClosed,
} from "@tesa/process";
import type { Command } from "commander";
import { coloursFor } from "../colours.ts";
import { allLetters } from "../dead-letters/all-letters.ts";
import { addChoice, readChoice } from "../dead-letters/choice.ts";
import { letterLines } from "../dead-letters/letter-lines.ts";
import { replayLetters } from "../dead-letters/replay-letters.ts";
import { EXAMPLES, exitCodeHelp, OWN_EXIT_CODES } from "../help.ts";
import { addLogOptions, type LogFlags, readLogEnvironment } from "../log-query.ts";
import { tesaCommand } from "../pnpm-command.ts";
import { LOG_EXAMPLE } from "../settings-sources.ts";
import { givenStorage } from "../storage-options.ts";

interface ListFlags extends LogFlags {
  readonly json?: true;
}

interface ChoiceFlags extends LogFlags {
  readonly all?: true;
}

interface ReplayFlags extends ChoiceFlags {
  readonly webhook?: string;
  readonly webhookName?: string;
}

/** `tesa webhook` */
export function addWebhook(program: Command, exit: (code: number) => void): void {
  const command = program
    .command("webhook")
    .summary("see, send again or forget what a webhook refused for good")
    .description(
      "A message that the webhook refused for good, or did not take for days, becomes a dead letter: it is kept in the " +
        "log, whatever the log's own limits, until it is sent again or discarded. A stream may be running meanwhile.",
    )
    .addHelpText("after", () => `${EXAMPLES.webhook}\n${exitCodeHelp(OWN_EXIT_CODES.webhook)}`);
  const list = command.command("list").description("Lists the dead letters.");
  addLogOptions(list)
    .option("--json", "one JSON object per line, on a terminal too")
    .action(async (flags: ListFlags) => exit(await listLetters(flags)));
  const replay = command
    .command("replay")
    .description("Sends dead letters again; what is taken is one no longer.");
  addLogOptions(addChoice(replay))
    .option("--webhook <url>", "to this webhook instead of TESA_WEBHOOK_URL")
    .option("--webhook-name <name>", "those that were kept under this name")
    .action(async (ids: string[], flags: ReplayFlags) => exit(await sendAgain(ids, flags)));
  const discard = command.command("discard").description("Forgets dead letters; they are gone for good.");
  addLogOptions(addChoice(discard)).action(async (ids: string[], flags: ChoiceFlags) =>
    exit(await discardLetters(ids, flags)),
  );
}

async function listLetters(flags: ListFlags): Promise<number> {
  const storage = new StorageReader(readLogEnvironment(flags), { logExample: LOG_EXAMPLE });
  const path = storage.logFile();
  const problem = problemsError({ usage: [], config: storage.problems });
  if (problem !== null) throw problem;
  await using log = await openLetters(path);
  const stdout = standardOutput(process.stdout);
  const isTerminal = process.stdout.isTTY;
  const style = { isTable: isTerminal && !flags.json, isTerminal, columns: process.stdout.columns || 80 };
  const write = async () => {
    for await (const letters of allLetters(log)) {
      await stdout.write(letterLines(letters, style));
    }
  };
  await writeUntilClosed(write());
  if ((await log.deadLetters({ limit: 1 })).length === 0)
    createStderrTeller().note("there are no dead letters");
  return 0;
}

async function sendAgain(texts: readonly string[], flags: ReplayFlags): Promise<number> {
  const usage: string[] = [];
  const choice = readChoice(texts, flags, usage);
  const { webhook: url, webhookName } = flags;
  const given = givenStorage({
    ...(url === undefined ? {} : { webhook: url }),
    ...(webhookName === undefined ? {} : { webhookName }),
  });
  const storage = new StorageReader(readLogEnvironment(flags, given), { logExample: LOG_EXAMPLE });
  const path = storage.logFile();
  const webhook = await storage.webhook();
  if (webhook === undefined) {
    storage.problems.push("TESA_WEBHOOK_URL is not set: give it, or --webhook https://...");
  }
  const problem = problemsError({ usage, config: storage.problems });
  if (problem !== null || webhook === undefined) throw problem;
  await using log = await openLetters(path);
  const stop = new AbortController();
  const teller = createStderrTeller();
  const release = onStopSignals({ onStop: () => stop.abort(), onInterrupt: () => teller.passing.clear() });
  try {
    return await replayLetters({ log, webhook, choice, teller, signal: stop.signal });
  } finally {
    release();
  }
}

async function discardLetters(texts: readonly string[], flags: ChoiceFlags): Promise<number> {
  const usage: string[] = [];
  const choice = readChoice(texts, flags, usage);
  const storage = new StorageReader(readLogEnvironment(flags), { logExample: LOG_EXAMPLE });
  const path = storage.logFile();
  const problem = problemsError({ usage, config: storage.problems });
  if (problem !== null) throw problem;
  await using log = await openLetters(path);
  let discarded = 0;
  if (choice.ids !== undefined) discarded = await log.removeDeadLetters(choice.ids);
  else {
    for await (const letters of allLetters(log)) {
      discarded += await log.removeDeadLetters(letters.map(({ id }) => id));
    }
  }
  createStderrTeller().note(`${plural(discarded, "dead letter")} discarded`);
  const missing = (choice.ids?.length ?? discarded) - discarded;
  if (missing === 0) return 0;
  createStderrTeller().warn(
    `There is no dead letter of ${missing} of these numbers. To see them: ${tesaCommand()} webhook list`,
  );
  return EXIT_CODES.usage;
}

async function openLetters(path: string): Promise<DeadLetters> {
  const { openDeadLetters } = await import("@tesa/log/sqlite");
  return await openDeadLetters({ path });
}

function createStderrTeller(): Teller {
  const colours = coloursFor({ env: process.env, isTerminal: process.stderr.isTTY });
  return createTeller(process.stderr, colours);
}
