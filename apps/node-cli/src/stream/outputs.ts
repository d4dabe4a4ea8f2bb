import type { Sink } from "@tesa/core";
import type { Destination, StandardOutput } from "@tesa/process";
import { ndjsonSink, type Outputs } from "@tesa/process";
import { openFile } from "../output/file.ts";
import { messageSink } from "../output/message-sink.ts";
import { everySink } from "../output/sink.ts";

/** What the flags of `tesa stream` say about the output. */
export interface OutputFlags {
  readonly json?: true;
  readonly output?: string;
}

/**
 * Opens what the flags say as one sink. The file comes first: a closed pipe costs it no message.
 *
 * @param clear Takes a passing line of standard error off the terminal before something else is written there.
 * @throws TesaError `output`
 */
export async function openOutputs(
  flags: OutputFlags,
  stdout: StandardOutput,
  clear: () => void,
): Promise<Outputs> {
  const isTerminal = process.stdout.isTTY;
  const sinks: Sink[] = [];
  const file = flags.output === undefined ? undefined : await openFile(flags.output);
  if (file !== undefined) sinks.push(ndjsonSink(file, { forTerminal: false }));
  const screen: Destination = {
    ...stdout,
    write(text) {
      clear();
      return stdout.write(text);
    },
  };
  if (flags.json || (!isTerminal && file === undefined)) {
    sinks.push(messageSink(screen, { isTable: false }));
  } else if (isTerminal) sinks.push(messageSink(screen, { isTable: true }));
  return {
    sink: everySink(sinks),
    get isClosed() {
      return stdout.isClosed;
    },
    close: async () => await file?.close(),
  };
}
