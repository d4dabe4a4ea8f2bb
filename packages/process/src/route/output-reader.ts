import type { Sink, TesaError } from "@tesa/core";
import { follow, type TelemetryLog } from "@tesa/log";
import { asTesaError } from "../as-tesa-error.ts";

/** What an output needs to follow the log. */
export interface OutputReaderOptions {
  readonly log: TelemetryLog;
  /** Where it begins. */
  readonly after: number;
  readonly sink: Sink;
  /** How many messages it writes at the most. */
  readonly count: number;
  /** The output failed, or nobody reads it any more: there is no use in going on. */
  readonly onFailure: () => void;
}

/** Writes what the log gets to the outputs, at their own pace: a slow terminal or pipe holds up nobody. */
export class OutputReader {
  readonly #options: OutputReaderOptions;
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>;
  #place: number;
  #written = 0;
  #missed = 0;
  #target = Number.POSITIVE_INFINITY;
  #error: TesaError | null = null;

  constructor(options: OutputReaderOptions) {
    this.#options = options;
    this.#place = options.after;
    this.#ended = this.#run();
  }

  /** Why it ended early. `null` too where the reader of a pipe has gone: that is no failure. */
  get error(): TesaError | null {
    return this.#error;
  }

  /** Messages that retention removed before the output took them. */
  get missed(): number {
    return this.#missed;
  }

  /** Goes on to what is the end of the log now; fulfils when that is written, or when it has failed. */
  async finish(): Promise<void> {
    this.#target = (await this.#options.log.bounds()).lastSeq;
    this.#endIfThere();
    await this.#ended;
  }

  /** Writes nothing more, but what is being written. */
  abandon(): void {
    this.#stop.abort();
  }

  async #run(): Promise<void> {
    const { after, count, log, onFailure, sink } = this.#options;
    try {
      for await (const { messages, lastSeq } of follow(log, { after, signal: this.#stop.signal })) {
        const wanted = messages.slice(0, count - this.#written);
        if (wanted.length > 0) await sink.write(wanted);
        this.#written += wanted.length;
        this.#missed += lastSeq - this.#place - messages.length;
        this.#place = lastSeq;
        this.#endIfThere();
      }
    } catch (error) {
      this.#error = isBrokenPipe(error)
        ? null
        : asTesaError(error, "output", "The output could not be written");
      onFailure();
    }
  }

  #endIfThere(): void {
    if (this.#place >= this.#target || this.#written >= this.#options.count) this.#stop.abort();
  }
}

function isBrokenPipe(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EPIPE";
}
