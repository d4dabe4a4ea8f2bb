import type { TesaError } from "./errors.ts";
import type { Gap } from "./log.ts";
import type { StreamState } from "./state.ts";
import type { Telemetry } from "./telemetry.ts";

/** Where messages go. */
export interface Sink {
  /** Writes a batch and fulfils when it is flushed; only then is it acknowledged (with a log that is not durable). */
  write(messages: readonly Telemetry[]): Promise<void>;
}

/** What the summary of a run counts. */
export interface RunCounts {
  /** Messages handed to the sinks. */
  readonly received: number;
  readonly redelivered: number;
  /** QoS 0 messages dropped because the buffer was full. */
  readonly dropped: number;
  readonly reconnects: number;
  readonly gaps: number;
}

/** How a run ended. `error` is `null` after `--count`, a signal, or the abort of its owner. */
export interface RunResult {
  readonly counts: RunCounts;
  readonly error: TesaError | null;
  /** The exit code of design section 7. */
  readonly exitCode: number;
}

/** What a run tells while it goes on. */
export interface RunObserver {
  onState?(state: StreamState): void;
  onGap?(gap: Gap): void;
}
