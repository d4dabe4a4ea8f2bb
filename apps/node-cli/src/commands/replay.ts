import { setTimeout as delay } from "node:timers/promises";
import { type Telemetry, TesaError } from "@tesa/core";
import {
  createTeller,
  onStopSignals,
  plural,
  problemsError,
  quote,
  StorageReader,
  standardOutput,
  type Teller,
  type WebhookSettings,
  writeUntilClosed,
} from "@tesa/process";
import type { Command } from "commander";
import { coloursFor } from "../colours.ts";

import { EXAMPLES, exitCodeHelp, OWN_EXIT_CODES } from "../help.ts";
import { addQueryOptions, type QueryFlags, readLogEnvironment, readSelection } from "../log-query.ts";
import { messageSink } from "../output/message-sink.ts";
import { Pace } from "../replay/pace.ts";
import { Replaying } from "../replay/replaying.ts";
import { openSource } from "../replay/source.ts";
import { openWebhookSink } from "../replay/webhook-sink.ts";
import { type GivenFlags, LOG_EXAMPLE } from "../settings-sources.ts";

const SPEED = { min: 0.01, max: 1_000_000 } as const;

interface ReplayFlags extends QueryFlags {
  readonly speed: string;
  readonly webhook?: string | true;
  readonly json?: true;
}

/** `tesa replay` */
export function addReplay(program: Command, exit: (code: number) => void): void {
  const command = program
    .command("replay")
    .summary("play messages again, to standard output or a webhook")
    .description(
      "Plays the messages of an SQLite log, or of a file that tesa stream --output has written, again: at the pace at " +
        "which they came, faster, or as fast as possible.",
    )
    .argument("[file]", "a file of JSON lines, instead of the log");
  addQueryOptions(command)
    .option("--speed <n>", "1 as it was, 10 ten times as fast, max", "1")
    .option(
      "--webhook [url]",
      "to a webhook, by default that of TESA_WEBHOOK_URL, signed with TESA_WEBHOOK_SECRET",
    )
    .option("--json", "one JSON object per line, on a terminal too")
    .addHelpText("after", () => `${EXAMPLES.replay}\n${exitCodeHelp(OWN_EXIT_CODES.replay)}`)
    .action(async (file: string | undefined, flags: ReplayFlags) => exit(await replay(file, flags)));
}

async function replay(file: string | undefined, flags: ReplayFlags): Promise<number> {
  const usage: string[] = [];
  const speed = readSpeed(flags.speed, usage);
  const selection = readSelection(flags, usage);
  if (file !== undefined && flags.log !== undefined) usage.push("Give a file or --log, not both.");
  const storage = new StorageReader(readLogEnvironment(flags, givenWebhook(flags)), {
    logExample: LOG_EXAMPLE,
  });
  const path = file ?? storage.logFile();
  const webhook = await readWebhook(flags, storage);
  const problem = problemsError({ usage, config: storage.problems });
  if (problem !== null) throw problem;

  const colours = coloursFor({ env: process.env, isTerminal: process.stderr.isTTY });
  const teller = createTeller(process.stderr, colours);
  const replaying = new Replaying(teller);
  const onSkipped = (line: number) => replaying.skipped(line);
  const stop = new AbortController();
  const release = onStopSignals({ onStop: () => stop.abort(), onInterrupt: () => teller.passing.clear() });
  await using source = await openSource(
    file === undefined ? { type: "log", path } : { type: "file", path, onSkipped },
    selection,
  );
  const work = { pages: source.pages, pace: createPace(speed), replaying, teller, signal: stop.signal };
  try {
    if (webhook === undefined) await toStandardOutput(work, { isTable: process.stdout.isTTY && !flags.json });
    else await toWebhook(work, webhook);
    return 0;
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    return 0;
  } finally {
    release();
  }
}

interface Work {
  readonly pages: AsyncIterable<readonly Telemetry[]>;
  readonly pace: Pace;
  readonly replaying: Replaying;
  readonly teller: Teller;
  readonly signal: AbortSignal;
}

async function toStandardOutput(work: Work, style: { readonly isTable: boolean }): Promise<void> {
  const { replaying, teller } = work;
  const stdout = standardOutput(process.stdout);
  const write = (text: string) => {
    teller.passing.clear();
    return stdout.write(text);
  };
  const sink = messageSink({ ...stdout, write }, { ...style, hasDate: true });
  try {
    await writeUntilClosed(replaying.play(work.pages, { ...work, sink }));
  } finally {
    // Whoever closed the pipe wants no report either.
    if (!stdout.isClosed) replaying.finish();
  }
}

async function toWebhook(work: Work, webhook: WebhookSettings): Promise<void> {
  const { replaying } = work;
  await using sink = await openWebhookSink(webhook, work);
  try {
    await replaying.play(work.pages, { ...work, sink });
  } finally {
    replaying.finish();
  }
  const refused = await sink.refused();
  if (refused === null) return;
  const { count, reason } = refused;
  throw new TesaError("output", `The webhook refused ${plural(count, "message")} for good. ${reason}`);
}

function createPace(speed: number): Pace {
  return new Pace(speed, {
    now: () => performance.now(),
    sleep: (ms, signal) => delay(ms, undefined, { signal }),
  });
}

function readSpeed(text: string, problems: string[]): number {
  if (text === "max") return Number.POSITIVE_INFINITY;
  const speed = /^\d+(\.\d+)?x?$/.test(text) ? Number.parseFloat(text) : Number.NaN;
  if (speed >= SPEED.min && speed <= SPEED.max) return speed;
  problems.push(`--speed takes a number from ${SPEED.min} to ${SPEED.max}, or max, not ${quote(text)}.`);
  return 1;
}

function givenWebhook({ webhook }: ReplayFlags): GivenFlags {
  return typeof webhook === "string" ? { TESA_WEBHOOK_URL: { flag: "--webhook", value: webhook } } : {};
}

/** Only where the flag asks for it: that there is a webhook does not mean that a replay is for it. */
async function readWebhook(
  { webhook }: ReplayFlags,
  storage: StorageReader,
): Promise<WebhookSettings | undefined> {
  if (webhook === undefined) return undefined;
  const settings = await storage.webhook();
  if (settings === undefined) {
    storage.problems.push("--webhook names no URL, and TESA_WEBHOOK_URL is not set: give one of them.");
  }
  return settings;
}
