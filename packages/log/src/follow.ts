import type { ReadPage, ReadQuery, TelemetryLog } from "./telemetry-log.ts";

/** What to follow; `after` is where to begin. */
export interface FollowQuery extends Pick<ReadQuery, "after" | "device" | "sensor" | "limit"> {
  /** Its abort ends the following. */
  readonly signal: AbortSignal;
}

/**
 * Reads the log from a place on, and goes on as it grows: pages without a seam between what was there and what comes.
 * A page may hold no message, when none matched; its `lastSeq` says how far that is.
 *
 * @throws TesaError `log`
 */
export async function* follow(log: TelemetryLog, query: FollowQuery): AsyncIterableIterator<ReadPage> {
  const { signal, after = 0, ...filter } = query;
  let place = after;
  let hasNews = true;
  let wake = () => {};
  const forget = log.onAppend(() => {
    hasNews = true;
    wake();
  });
  const onAbort = () => wake();
  signal.addEventListener("abort", onAbort);
  try {
    while (!signal.aborted) {
      if (!hasNews) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        continue;
      }
      // Before the read, so that what is appended during it is not overlooked.
      hasNews = false;
      const page = await log.read({ ...filter, after: place });
      hasNews ||= page.more;
      if (page.lastSeq === place) continue;
      place = page.lastSeq;
      yield page;
    }
  } finally {
    forget();
    signal.removeEventListener("abort", onAbort);
  }
}
