import type { Outputs } from "../route/route.ts";
import { ndjsonSink } from "./ndjson-sink.ts";
import { standardOutput } from "./standard-output.ts";

/** Standard output as the place of messages: one JSON object per line, and nothing else. A slow reader slows it down. */
export function ndjsonOutput(stdout: NodeJS.WriteStream): Outputs {
  const output = standardOutput(stdout);
  return {
    sink: ndjsonSink(output, { forTerminal: stdout.isTTY }),
    get isClosed() {
      return output.isClosed;
    },
    close: () => output.close(),
  };
}
