/** Exit code of a process that SIGINT ended, as shells have it: 128 + 2. */
const INTERRUPTED = 130;

/** What {@link onStopSignals} watches for. */
export interface StopSignalOptions {
  /** Called once, at the first signal. */
  readonly onStop: () => void;
  /** Called at a second SIGINT, right before the process ends. */
  readonly onInterrupt?: () => void;
  /** Called at a SIGHUP: the terminal was closed. Without it, that ends the process at once, as is the system's way. */
  readonly onHangup?: () => void;
}

/**
 * Calls `onStop` at the first SIGINT or SIGTERM. A second SIGINT, from somebody who does not want to wait, ends the
 * process at once with 130. A SIGTERM after the first signal changes nothing: a supervisor may send both, and `deno task`
 * passes on to its program what the program was sent already.
 * @returns takes the handlers away; once it was to stop, a SIGTERM has no effect for the rest of the process, which is
 * about to end with its own exit code
 */
export function onStopSignals({ onStop, onInterrupt, onHangup }: StopSignalOptions): () => void {
  let interrupts = 0;
  let isStopping = false;
  const stop = () => {
    if (isStopping) return;
    isStopping = true;
    onStop();
  };
  const interrupt = () => {
    interrupts += 1;
    if (interrupts > 1) {
      onInterrupt?.();
      process.exit(INTERRUPTED);
    }
    stop();
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", stop);
  if (onHangup !== undefined) process.on("SIGHUP", onHangup);
  return () => {
    process.off("SIGINT", interrupt);
    if (!isStopping) process.off("SIGTERM", stop);
    if (onHangup !== undefined) process.off("SIGHUP", onHangup);
  };
}
