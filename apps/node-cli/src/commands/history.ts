import type { TelemetryLog } from "@tesa/log";
import {
  plural,
  problemsError,
  type StandardOutput,
  StorageReader,
  standardOutput,
  writeUntilClosed,
} from "@tesa/process";
import type { Command } from "commander";
import { EXAMPLES, exitCodeHelp, OWN_EXIT_CODES } from "../help.ts";
import { gapLines } from "../history/gap-lines.ts";
import { selectAll, selectNewest } from "../history/select.ts";
import {
  addQueryOptions,
  type QueryFlags,
  readLogEnvironment,
  readSelection,
  type Selection,
} from "../log-query.ts";
import { NumberReader } from "../numbers.ts";
import { messageSink } from "../output/message-sink.ts";
import { LOG_EXAMPLE } from "../settings-sources.ts";

/** On a terminal, unless something else is asked for. */
const DEFAULT_LIMIT = 100;
/** So many are held in memory. */
const MAX_LIMIT = 1_000_000;

interface HistoryFlags extends QueryFlags {
  readonly limit?: string;
  readonly gaps?: true;
  readonly json?: true;
}

/** `tesa history` */
export function addHistory(program: Command, exit: (code: number) => void): void {
  const command = program
    .command("history")
    .summary("show what the log holds")
    .description(
      "Shows the messages of an SQLite log, oldest first: as a table on a terminal, elsewhere one JSON object per line. " +
        "A stream may be writing to the log meanwhile.",
    );
  addQueryOptions(command)
    .option("--limit <n>", "only the newest n (default: 100 on a terminal, elsewhere all)")
    .option("--gaps", "show when messages may be missing, instead of messages")
    .option("--json", "one JSON object per line, on a terminal too")
    .addHelpText("after", () => `${EXAMPLES.history}\n${exitCodeHelp(OWN_EXIT_CODES.history)}`)
    .action(async (flags: HistoryFlags) => exit(await history(flags)));
}

async function history(flags: HistoryFlags): Promise<number> {
  const numbers = new NumberReader();
  const limit = numbers.read("--limit", flags.limit, { min: 1, max: MAX_LIMIT, whole: true });
  const selection = readSelection(flags, numbers.problems);
  if (flags.gaps && (flags.device !== undefined || flags.sensor !== undefined)) {
    numbers.problems.push("--gaps goes with --from and --to alone: a gap is one of all devices.");
  }
  const storage = new StorageReader(readLogEnvironment(flags), { logExample: LOG_EXAMPLE });
  const path = storage.logFile();
  const problem = problemsError({ usage: numbers.problems, config: storage.problems });
  if (problem !== null) throw problem;
  const { openSqliteLog } = await import("@tesa/log/sqlite");
  await using log = await openSqliteLog({ path, readOnly: true });
  const stdout = standardOutput(process.stdout);
  const isTable = process.stdout.isTTY && !flags.json;
  const show = flags.gaps
    ? showGaps(log, { selection, limit, stdout, isTable })
    : showMessages(log, {
        selection,
        limit: limit ?? (isTable ? DEFAULT_LIMIT : undefined),
        stdout,
        isTable,
      });
  await writeUntilClosed(show);
  return 0;
}

interface Showing {
  readonly selection: Selection;
  readonly limit: number | undefined;
  readonly stdout: StandardOutput;
  readonly isTable: boolean;
}

async function showMessages(
  log: TelemetryLog,
  { selection, limit, stdout, isTable }: Showing,
): Promise<void> {
  const sink = messageSink(stdout, { isTable, hasDate: true });
  let shown = 0;
  const write = async (messages: Parameters<typeof sink.write>[0]) => {
    if (messages.length > 0) await sink.write(messages);
    shown += messages.length;
  };
  if (limit === undefined) for await (const messages of selectAll(log, selection)) await write(messages);
  else await write(await selectNewest(log, selection, limit));
  if (shown === 0) await tellEmpty(log);
  else if (shown === limit && isTable) tell(`the newest ${shown}; --limit and --from show others`);
}

async function showGaps(log: TelemetryLog, { selection, limit, stdout, isTable }: Showing): Promise<void> {
  const { from, to } = selection;
  const gaps = await log.gaps({
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  });
  const newest = limit === undefined ? gaps : gaps.slice(-limit);
  if (newest.length === 0) tell("no gap is on record");
  else await stdout.write(gapLines(newest, { isTable }));
}

async function tellEmpty(log: TelemetryLog): Promise<void> {
  const { rows } = await log.stats();
  tell(rows === 0 ? "the log is empty" : `no message matches; the log holds ${plural(rows, "message")}`);
}

function tell(text: string): void {
  process.stderr.write(`tesa: ${text}\n`);
}
