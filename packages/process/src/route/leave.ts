import type { Teller } from "../status/teller.ts";

/** How long the output may take to accept what has arrived, once the end has been asked for. */
const DRAIN_TIMEOUT_MS = 10_000;
/** With a log that lasts, output and readers have a time of their own; this is for what hangs beyond all reason. */
const DURABLE_TIMEOUT_MS = 20_000;
/** After this time somebody who waits wants to know for what. */
const DRAIN_NOTICE_MS = 1_000;
const OUTPUT_FAILED = 74;

/**
 * Ends the stream. An output that takes nothing any more must not hold the process for ever.
 * @returns to be called when it has ended
 */
export function leave(
  stop: AbortController,
  teller: Teller,
  { isDurable }: { readonly isDurable: boolean },
): () => void {
  stop.abort();
  const timers: NodeJS.Timeout[] = [];
  const after = (ms: number, action: () => void) => timers.push(setTimeout(action, ms).unref());
  const work = isDurable ? "finishing what is in the log" : "writing what has arrived";
  after(DRAIN_NOTICE_MS, () => teller.note(`${work}; Ctrl-C again ends at once`));
  after(isDurable ? DURABLE_TIMEOUT_MS : DRAIN_TIMEOUT_MS, () => {
    teller.warn(
      isDurable
        ? "It does not come to an end. What is stored is safe, and the rest is not acknowledged."
        : "The output takes nothing any more. What is not written is not acknowledged.",
    );
    process.exit(OUTPUT_FAILED);
  });
  return () => {
    for (const timer of timers) clearTimeout(timer);
  };
}
