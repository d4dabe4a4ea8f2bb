import type { Log, Sink, TesaError } from "@tesa/core";
import type { Onward } from "../status/summary.ts";

/** Where messages are shown or written. */
export interface Outputs {
  readonly sink: Sink;
  /** Whether nobody reads any more: then nobody wants a report either. @default false */
  readonly isClosed?: boolean;
  close(): Promise<void>;
}

/** Something that serves the log to others, such as the live relay. */
export interface Service {
  /** Takes in nobody more, lets go whom it has, and fulfils when that is done. */
  close(): Promise<void>;
}

/** Where the messages of a stream go: what `run()` of the core writes into, and what happens behind that. */
export interface Route {
  readonly log: Log;
  readonly sink: Sink;
  /** When the stream has ended: finishes what is left, as far as that takes a bounded time. Never rejects. */
  finish(): Promise<RouteReport>;
}

/** What became of the messages behind the log. */
export interface RouteReport {
  /** What went wrong behind the log, for the exit code; `null` if nothing did. */
  readonly error: TesaError | null;
  readonly onward?: Onward;
}
