import { TesaError } from "@tesa/core";
import type { Destination } from "./destination.ts";

/** Standard output as a destination. */
export interface StandardOutput extends Destination {
  /** Whether nobody reads any more, as behind `| head -1`. */
  readonly isClosed: boolean;
}

/**
 * Wraps standard output so that a write fulfils when the system has taken it: a slow reader of the pipe slows the
 * stream down instead of filling the memory.
 * @throws TesaError `output` from `write()`; when nobody reads any more, the error with code EPIPE itself
 */
export function standardOutput(stream: NodeJS.WriteStream): StandardOutput {
  let isClosed = false;
  // Without a listener a failing write ends the process; each write reports its own error.
  const onError = (error: Error & { code?: string }) => {
    isClosed ||= error.code === "EPIPE";
  };
  stream.on("error", onError);
  return {
    get isClosed() {
      return isClosed;
    },
    write: (text) =>
      new Promise((resolve, reject) => {
        stream.write(text, (error) => {
          if (error === null || error === undefined) resolve();
          else reject(asOutputError(error));
        });
      }),
    // It belongs to the process, which closes it by ending.
    close: async () => {},
  };
}

/**
 * Waits for work that writes to standard output. That nobody reads it any more is no failure: it ends the work well.
 * @throws what else went wrong
 */
export async function writeUntilClosed(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    const isClosed = error instanceof Error && "code" in error && error.code === "EPIPE";
    if (!isClosed) throw error;
  }
}

function asOutputError(error: Error & { code?: string }): Error {
  if (error.code === "EPIPE") return error;
  const reason = error.code === "ENOSPC" ? "the disk is full. Make room and start again." : error.message;
  return new TesaError("output", `Cannot write to standard output: ${reason}`, { cause: error });
}
