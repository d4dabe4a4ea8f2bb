import { TesaError } from "@tesa/core";
import type { TelemetryLog } from "@tesa/log";
import { asTesaError } from "../as-tesa-error.ts";
import type { Status } from "../status/status.ts";
import { type Onward, plural } from "../status/summary.ts";
import type { StorageSettings } from "../storage/storage-settings.ts";
import { OutputReader } from "./output-reader.ts";
import { ReaderStatus } from "./reader-status.ts";
import { countBehind, type NamedReader, openReaders } from "./readers.ts";
import type { Outputs, Route, RouteReport } from "./route.ts";

/** How long outputs and readers may take, at the end, for what is in the log: less than supervisors wait (Docker: 10 s). */
const FINISH_TIMEOUT_MS = 5_000;

/** What a route over a log that lasts is made of. */
export interface DurableRouteOptions {
  readonly path: string;
  readonly storage: StorageSettings;
  readonly receiveMaximum: number;
  readonly outputs: Outputs;
  /** How many messages the outputs get at the most. */
  readonly count: number | undefined;
  readonly status: Status;
  /** Called when an output has failed or its reader has gone: the stream is to end. */
  readonly onOutputFailure: () => void;
}

/**
 * The route over an SQLite log: a message is acknowledged when it is on the disk. Outputs, mirror and webhook read it
 * from there, each at its own pace.
 *
 * @throws TesaError `log`, `config` and others if something cannot be opened
 */
export async function openDurableRoute(options: DurableRouteOptions): Promise<Route> {
  const { openSqliteLog } = await import("@tesa/log/sqlite");
  const { path, receiveMaximum, status, storage } = options;
  const log = await openSqliteLog({
    path,
    retention: storage.retention,
    receiveMaximum,
    onWarning: (text) => status.warn(text),
  });
  try {
    const { lastSeq } = await log.bounds();
    const readers = await openReaders(log, storage);
    return new DurableRoute(options, log, lastSeq, readers);
  } catch (error) {
    await log.close();
    throw error;
  }
}

class DurableRoute implements Route {
  readonly log: TelemetryLog;
  /** What the core hands out is in the log, and read from there. */
  readonly sink = { write: async () => {} };
  readonly #options: DurableRouteOptions;
  readonly #output: OutputReader;
  readonly #readers: readonly NamedReader[];
  readonly #watches: readonly ReaderStatus[];

  constructor(
    options: DurableRouteOptions,
    log: TelemetryLog,
    lastSeq: number,
    readers: readonly NamedReader[],
  ) {
    const { outputs, count = Number.POSITIVE_INFINITY, status, onOutputFailure } = options;
    this.log = log;
    this.#options = options;
    this.#readers = readers;
    this.#output = new OutputReader({
      log,
      after: lastSeq,
      sink: outputs.sink,
      count,
      onFailure: onOutputFailure,
    });
    const isTerminal = process.stderr.isTTY;
    this.#watches = readers.map(
      (named) =>
        new ReaderStatus(named, { teller: status, advice: status.advice, isTerminal, now: Date.now }),
    );
  }

  async finish(): Promise<RouteReport> {
    const { outputs, status } = this.#options;
    // From here on a reader that waits or is paused ends, which is no news.
    for (const watch of this.#watches) watch.end();
    try {
      const [isWritten] = await Promise.all([
        inTime(this.#output.finish()),
        ...this.#readers.map(({ reader }) => inTime(reader.drain())),
      ]);
      this.#output.abandon();
      for (const { reader } of this.#readers) await inTime(reader.close());
      for (const watch of this.#watches) watch.tellLosses();
      const onward = await this.#report();
      // An output that hangs in a write cannot be closed either; the process ends without it.
      if (isWritten) await outputs.close();
      return { error: isWritten ? this.#output.error : outputHangs(), onward };
    } catch (error) {
      status.passing.stop();
      return { error: asTesaError(error, "log", "What is left could not be finished") };
    } finally {
      await this.log.close().catch(() => {});
    }
  }

  async #report(): Promise<Onward> {
    const { status } = this.#options;
    for (const { label, reader } of this.#readers) {
      const behind = await countBehind(this.log, reader);
      if (behind > 0)
        status.note(`${label}: ${plural(behind, "message")} still to come; the next run goes on there`);
    }
    if (this.#output.missed > 0) {
      status.warn(`The log had removed ${this.#output.missed} messages before the output took them.`);
    }
    const countOf = (kind: NamedReader["kind"]) =>
      this.#readers.find((named) => named.kind === kind)?.reader.counts;
    const mirror = countOf("mirror");
    const webhook = countOf("webhook");
    const deadLetters = (mirror?.deadLetters ?? 0) + (webhook?.deadLetters ?? 0);
    return {
      ...(mirror === undefined ? {} : { mirrored: mirror.delivered }),
      ...(webhook === undefined ? {} : { delivered: webhook.delivered }),
      ...(this.#readers.length === 0 ? {} : { deadLetters }),
    };
  }
}

function outputHangs(): TesaError {
  return new TesaError("output", "The output takes nothing any more. What it lacks is in the log.");
}

/** Whether it was done before the time for that was over. */
async function inTime(work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, FINISH_TIMEOUT_MS, false);
  });
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
