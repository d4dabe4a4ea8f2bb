import { TesaError } from "@tesa/core";
import type { TelemetryLog } from "@tesa/log";
import { asTesaError } from "../as-tesa-error.ts";
import { quote } from "../status/printable.ts";
import type { Status } from "../status/status.ts";
import { type Onward, plural } from "../status/summary.ts";
import type { StorageSettings } from "../storage/storage-settings.ts";
import { inTime } from "./in-time.ts";
import { openLog } from "./open-log.ts";
import { OutputReader } from "./output-reader.ts";
import { ReaderStatus } from "./reader-status.ts";
import { countBehind, type NamedReader, openReaders } from "./readers.ts";
import type { Outputs, Route, RouteReport, Service } from "./route.ts";

/** What a route over a log is made of. */
export interface LogRouteOptions {
  readonly storage: StorageSettings;
  readonly receiveMaximum: number;
  /** Follows the log from its end on. */
  readonly outputs?: Outputs | undefined;
  /** How many messages the outputs get at the most. @default all */
  readonly count?: number | undefined;
  /** Opens what serves the log to others; it is closed before the log is. */
  readonly openService?: ((log: TelemetryLog) => Promise<Service>) | undefined;
  readonly status: Status;
  /** Called when an output has failed or its reader has gone: the stream is to end. */
  readonly onOutputFailure: () => void;
}

/** What hangs on the log. */
interface Parts {
  readonly log: TelemetryLog;
  readonly readers: readonly NamedReader[];
  readonly service: Service | undefined;
  readonly lastSeq: number;
}

/**
 * The route over a log: with SQLite a message is acknowledged when it is on the disk. Outputs, services, mirror and
 * webhook read it from there, each at its own pace.
 *
 * @throws TesaError `log`, `config` and others if something cannot be opened
 */
export async function openLogRoute(options: LogRouteOptions): Promise<Route> {
  const { openService, receiveMaximum, status, storage } = options;
  const log = await openLog({
    location: storage.log,
    retention: storage.retention,
    receiveMaximum,
    onWarning: (text) => status.warn(text),
  });
  let readers: readonly NamedReader[] = [];
  try {
    const { lastSeq } = await log.bounds();
    if (storage.log.type === "sqlite" && lastSeq > 0) {
      status.note(
        `the log ${quote(storage.log.path)} holds messages up to ${lastSeq}; this run goes on with ${lastSeq + 1}`,
      );
    }
    readers = await openReaders(log, storage);
    const service = await openService?.(log);
    return new LogRoute(options, { log, readers, service, lastSeq });
  } catch (error) {
    for (const { reader } of readers) await reader.close();
    await log.close();
    throw error;
  }
}

class LogRoute implements Route {
  readonly log: TelemetryLog;
  /** What the core hands out is in the log, and read from there. */
  readonly sink = { write: async () => {} };
  readonly #options: LogRouteOptions;
  readonly #parts: Parts;
  readonly #output: OutputReader | undefined;
  readonly #watches: readonly ReaderStatus[];

  constructor(options: LogRouteOptions, parts: Parts) {
    const { outputs, count = Number.POSITIVE_INFINITY, status, onOutputFailure } = options;
    this.log = parts.log;
    this.#options = options;
    this.#parts = parts;
    if (outputs !== undefined) {
      const { log, lastSeq: after } = parts;
      this.#output = new OutputReader({
        log,
        after,
        sink: outputs.sink,
        count,
        onFailure: onOutputFailure,
      });
    }
    const isTerminal = process.stderr.isTTY;
    this.#watches = parts.readers.map(
      (named) =>
        new ReaderStatus(named, { teller: status, advice: status.advice, isTerminal, now: Date.now }),
    );
  }

  async finish(): Promise<RouteReport> {
    const { outputs, status } = this.#options;
    const { readers, service } = this.#parts;
    // From here on a reader that waits or is paused ends, which is no news.
    for (const watch of this.#watches) watch.end();
    try {
      const [isWritten] = await Promise.all([
        inTime(this.#output?.finish() ?? Promise.resolve()),
        inTime(service?.close() ?? Promise.resolve()),
        ...readers.map(({ reader }) => inTime(reader.drain())),
      ]);
      this.#output?.abandon();
      for (const { reader } of readers) await inTime(reader.close());
      for (const watch of this.#watches) watch.tellLosses();
      const onward = await this.#report();
      // An output that hangs in a write cannot be closed either; the process ends without it.
      if (isWritten) await outputs?.close();
      return { error: isWritten ? (this.#output?.error ?? null) : outputHangs(), onward };
    } catch (error) {
      status.passing.stop();
      return { error: asTesaError(error, "log", "What is left could not be finished") };
    } finally {
      await this.log.close().catch(() => {});
    }
  }

  async #report(): Promise<Onward> {
    const { status } = this.#options;
    const { readers } = this.#parts;
    for (const { label, reader } of readers) {
      const behind = await countBehind(this.log, reader);
      if (behind > 0)
        status.note(`${label}: ${plural(behind, "message")} still to come; the next run goes on there`);
    }
    const missed = this.#output?.missed ?? 0;
    if (missed > 0) status.warn(`The log had removed ${missed} messages before the output took them.`);
    return countOnward(readers);
  }
}

function countOnward(readers: readonly NamedReader[]): Onward {
  const countOf = (kind: NamedReader["kind"]) => readers.find((named) => named.kind === kind)?.reader.counts;
  const mirror = countOf("mirror");
  const webhook = countOf("webhook");
  const deadLetters = (mirror?.deadLetters ?? 0) + (webhook?.deadLetters ?? 0);
  return {
    ...(mirror === undefined ? {} : { mirrored: mirror.delivered }),
    ...(webhook === undefined ? {} : { delivered: webhook.delivered }),
    ...(readers.length === 0 ? {} : { deadLetters }),
  };
}

function outputHangs(): TesaError {
  return new TesaError("output", "The output takes nothing any more. What it lacks is in the log.");
}
