/** Commands that a program can send its users to. What it has no command for is not advised. */
export interface Advice {
  /** Finds out why nothing comes: `tesa doctor`. */
  readonly doctor?: string;
  /** Shows what a reader of the log gave up: `tesa webhook list --log sqlite:./telemetry.db`. */
  readonly deadLetters?: string;
}
