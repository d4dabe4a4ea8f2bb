import { reportError } from "./report-error.ts";

/** How long what is still open at the end may hold the process. */
const EXIT_GRACE_MS = 2_000;

/** Options of {@link runProgram}. */
export interface RunProgramOptions {
  /** Tells what ended the program, and gives the exit code. @default {@link reportError} */
  readonly report?: (error: unknown) => number;
}

/** Runs a program and ends the process with the exit code that it gives, or that its error has. */
export async function runProgram(
  program: () => Promise<number>,
  { report = reportError }: RunProgramOptions = {},
): Promise<void> {
  process.on("uncaughtException", (error) => {
    // Nobody reads any more, as behind `--help | head -1`. A stream notices it by its own writes.
    // EIO: the terminal was closed. A signal says so too, and what follows from it must not be cut short.
    if ("code" in error && (error.code === "EPIPE" || isTerminalGone(error))) return;
    process.exit(report(error));
  });
  process.exitCode = await program().catch(report);
  // A process that has nothing left to do ends by itself, with all of its output written.
  setTimeout(() => process.exit(), EXIT_GRACE_MS).unref();
}

function isTerminalGone(error: Error): boolean {
  return "code" in error && error.code === "EIO" && "syscall" in error && error.syscall === "write";
}
