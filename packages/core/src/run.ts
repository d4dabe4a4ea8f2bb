import type { LogTrouble } from "./committer.ts";
import { TesaError } from "./errors.ts";
import { exitCodeFor } from "./exit-code.ts";
import type { Gap } from "./log.ts";
import type { StreamState } from "./state.ts";
import { Stream, type StreamCounts, type StreamOptions, type TelemetryStream } from "./stream.ts";
import type { Telemetry } from "./telemetry.ts";

/** Where messages go. */
export interface Sink {
  /**
   * Writes a batch and fulfils when it is flushed; only then is it acknowledged (with a log that is not durable).
   * @throws TesaError `output`, or an error with code EPIPE when nobody reads any more, which ends the run well.
   */
  write(messages: readonly Telemetry[]): Promise<void>;
}

/** How a run ended. */
export interface RunResult {
  /** Messages that the sink has written. */
  readonly written: number;
  readonly counts: StreamCounts;
  /** `null` after `count` messages, a signal, or when nobody read the output any more. */
  readonly error: TesaError | null;
  /** The exit code that the process shall end with; see `EXIT_CODES`. */
  readonly exitCode: number;
}

/** What a run tells while it goes on. */
export interface RunObserver {
  onState?(state: StreamState): void;
  onGap?(gap: Gap): void;
  onLogTrouble?(trouble: LogTrouble | null): void;
}

/** What a run is made of. */
export interface RunOptions extends Omit<StreamOptions, "onGap" | "onLogTrouble"> {
  readonly sink: Sink;
  readonly observer?: RunObserver;
  /** Its abort drains the stream: what was received is written and acknowledged, then the run ends with 0. */
  readonly signal?: AbortSignal;
  /** Ends the run after so many messages. */
  readonly count?: number;
  /** Ends the run with `timeout` after so many milliseconds. */
  readonly timeoutMs?: number;
}

/**
 * Streams into a sink until it is told to stop. Trouble at the remote side is no exception but part of the result.
 */
export async function run(options: RunOptions): Promise<RunResult> {
  const { observer } = options;
  const stream = new Stream({
    ...options,
    onGap: (gap) => observer?.onGap?.(gap),
    onLogTrouble: (trouble) => observer?.onLogTrouble?.(trouble),
  });
  const watching = watch(stream, observer);
  let timedOut: TesaError | null = null;
  const stop = () => void stream.drain();
  const cancelTimeout =
    options.timeoutMs === undefined
      ? () => {}
      : options.clock.setTimer(options.timeoutMs, () => {
          timedOut = timeoutError(options.timeoutMs ?? 0, stream);
          stop();
        });
  if (options.signal?.aborted) stop();
  options.signal?.addEventListener("abort", stop, { once: true });
  let written = 0;
  let error: TesaError | null = null;
  try {
    await stream.consume({
      count: options.count ?? Number.POSITIVE_INFINITY,
      sink: options.sink,
      onWritten: (count) => {
        written += count;
      },
    });
  } catch (cause) {
    error = isBrokenPipe(cause) ? null : asRunError(cause);
  } finally {
    cancelTimeout();
    options.signal?.removeEventListener("abort", stop);
    await stream.drain();
    await watching;
  }
  const reason = error ?? timedOut;
  return { written, counts: stream.counts, error: reason, exitCode: exitCodeFor(reason) };
}

async function watch(stream: TelemetryStream, observer: RunObserver | undefined): Promise<void> {
  for await (const state of stream.status()) observer?.onState?.(state);
}

function timeoutError(timeoutMs: number, stream: TelemetryStream): TesaError {
  return new TesaError(
    "timeout",
    `The time of ${timeoutMs / 1_000} s is over; ${stream.counts.received} messages came.`,
  );
}

function isBrokenPipe(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EPIPE";
}

function asRunError(error: unknown): TesaError {
  if (error instanceof TesaError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new TesaError("output", `The output could not be written: ${message}`, { cause: error });
}
