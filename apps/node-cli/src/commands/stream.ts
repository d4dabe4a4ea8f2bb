import type { Sink } from "@tesa/core";
import type { Command } from "commander";
import { coloursFor } from "../colours.ts";
import { addConnectionOptions, type ConnectionFlags, readConnectionOptions } from "../connection-options.ts";
import { EXAMPLES, exitCodeHelp, variablesHelp } from "../help.ts";
import { NumberReader } from "../numbers.ts";
import type { Destination } from "../output/destination.ts";
import { openFile } from "../output/file.ts";
import { everySink, lineSink, ndjsonSink } from "../output/sink.ts";
import { type StandardOutput, standardOutput } from "../output/standard-output.ts";
import { connectToParent } from "../parent.ts";
import { readSettings } from "../settings.ts";
import { createStatus, type Status } from "../status.ts";
import { onStopSignals } from "../stop-signals.ts";

/** The longest that a timer of Node can be, in seconds: 2^31 - 1 milliseconds. */
const MAX_TIMEOUT_SECONDS = 2_147_483;
/** How long the output may take to accept what has arrived, once the end has been asked for. */
const DRAIN_TIMEOUT_MS = 10_000;
/** After this time somebody who waits wants to know for what. */
const DRAIN_NOTICE_MS = 1_000;
const OUTPUT_FAILED = 74;

interface StreamFlags extends ConnectionFlags {
  readonly count?: string;
  readonly timeout?: string;
  readonly json?: true;
  readonly output?: string;
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
        "A message is acknowledged to the broker when it has been written, with --output when it is on the disk.",
    );
  addConnectionOptions(command)
    .option("--count <n>", "end after this many messages")
    .option("--timeout <seconds>", "end after this time, with exit code 124")
    .option("--json", "one JSON object per line, on a terminal too")
    .option(
      "--output <file>",
      "append JSON lines to a file; a terminal still shows lines, a pipe gets nothing unless --json asks for it",
    )
    .option("--no-wait", "end with 69 if the broker cannot be reached at the first attempt")
    .addHelpText("after", () => `${EXAMPLES.stream}\n${variablesHelp()}\n${exitCodeHelp()}`)
    .action(async (flags: StreamFlags) => exit(await stream(flags)));
}

async function stream(flags: StreamFlags): Promise<number> {
  const numbers = new NumberReader();
  const count = numbers.read("--count", flags.count, { min: 1, max: Number.MAX_SAFE_INTEGER, whole: true });
  const timeout = numbers.read("--timeout", flags.timeout, {
    min: 0.001,
    max: MAX_TIMEOUT_SECONDS,
    unit: "seconds",
  });
  const settings = await readSettings(readConnectionOptions(flags), numbers.problems);
  const { createMemoryLog, run } = await import("@tesa/core");
  const { createMqttTransport, systemClock } = await import("@tesa/core/mqtt");

  let organisation = settings.firstToken.organisation;
  const status = createStatus({
    stderr: process.stderr,
    colours: coloursFor({ env: process.env, isTerminal: process.stderr.isTTY }),
    brokerUrl: settings.config.brokerUrl,
    organisation: () => organisation,
  });
  for (const warning of settings.firstToken.warnings) status.warn(warning);
  const stdout = standardOutput(process.stdout);
  const { sink, close } = await openSink(flags, stdout, status);
  const stop = new AbortController();
  const parent = connectToParent(() => stop.abort());
  const release = onStopSignals({ onStop: () => leave(stop, status), onInterrupt: () => status.clear() });
  const result = await run({
    config: settings.config,
    readToken: async () => {
      const token = await settings.readToken(status.warn);
      organisation = token.organisation;
      return token;
    },
    transport: createMqttTransport({ caCertificates: settings.caCertificates }),
    clock: systemClock,
    random: Math.random,
    log: createMemoryLog({ random: Math.random, receiveMaximum: settings.config.receiveMaximum }),
    sink,
    observer: {
      ...status,
      onState(state) {
        if (state.type === "live") parent.tell({ type: "live" });
        status.onState(state);
      },
    },
    signal: stop.signal,
    wait: flags.wait,
    ...(count === undefined ? {} : { count }),
    ...(timeout === undefined ? {} : { timeoutMs: timeout * 1_000 }),
  });
  release();
  await close();
  parent.tell({ type: "ended", messages: result.written });
  // Whoever closed the pipe wants no more of it, and no report either.
  if (!stdout.isClosed) status.finish(result);
  return result.exitCode;
}

/** What the flags say about the output, as one sink. The file comes first: a closed pipe costs it no message. */
async function openSink(
  flags: StreamFlags,
  stdout: StandardOutput,
  status: Status,
): Promise<{ readonly sink: Sink; readonly close: () => Promise<void> }> {
  const isTerminal = process.stdout.isTTY;
  const sinks: Sink[] = [];
  const file = flags.output === undefined ? undefined : await openFile(flags.output);
  if (file !== undefined) sinks.push(ndjsonSink(file, { forTerminal: false }));
  const screen: Destination = {
    ...stdout,
    write(text) {
      status.clear();
      return stdout.write(text);
    },
  };
  if (flags.json || (!isTerminal && file === undefined)) {
    sinks.push(ndjsonSink(screen, { forTerminal: isTerminal }));
  } else if (isTerminal) {
    const colours = coloursFor({ env: process.env, isTerminal });
    sinks.push(lineSink(screen, () => ({ colours, columns: process.stdout.columns || 80 })));
  }
  return { sink: everySink(sinks), close: async () => await file?.close() };
}

/** Ends the stream. An output that takes nothing any more must not hold the process for ever. */
function leave(stop: AbortController, status: Status): void {
  stop.abort();
  const after = (ms: number, action: () => void) => setTimeout(action, ms).unref();
  after(DRAIN_NOTICE_MS, () => status.note("writing what has arrived; Ctrl-C again ends at once"));
  after(DRAIN_TIMEOUT_MS, () => {
    status.warn("The output takes nothing any more. What is not written is not acknowledged.");
    process.exit(OUTPUT_FAILED);
  });
}
