import type { TesaError } from "@tesa/core";

/**
 * Where a reader of the log stands. `behind` is how many messages it has still to deal with.
 *
 * ```
 * reading > caught-up > reading ...
 *    any of them > waiting > reading      the other side is down: it tries again at `until`
 *    any of them > paused                 somebody must mend something first, or it would only fail again
 *    any of them > closed
 * ```
 */
export type ReaderState =
  | { readonly type: "reading"; readonly behind: number }
  | { readonly type: "caught-up" }
  | { readonly type: "waiting"; readonly behind: number; readonly until: number; readonly error: TesaError }
  | { readonly type: "paused"; readonly behind: number; readonly error: TesaError }
  | { readonly type: "closed" };

/** What a reader has done since it was opened. */
export interface ReaderCounts {
  /** Messages that the other side has. */
  readonly delivered: number;
  /** Messages given up and kept as dead letters. */
  readonly deadLetters: number;
  /** Messages that retention had removed before this reader came to them. */
  readonly missed: number;
}

/** Something that follows the log with a cursor of its own: the PostgreSQL mirror, the webhook forwarder. */
export interface Reader extends AsyncDisposable {
  readonly name: string;
  readonly state: ReaderState;
  readonly counts: ReaderCounts;
  /** Calls back at each change of the state; the returned function ends it. */
  onState(listener: (state: ReaderState) => void): () => void;
  /**
   * Goes on until it has dealt with everything that is in the log now, then ends. Ends at once when it waits or is
   * paused: the cursor keeps its place.
   */
  drain(): Promise<void>;
  /** Ends now; what is under way may be done again next time. */
  close(): Promise<void>;
}
