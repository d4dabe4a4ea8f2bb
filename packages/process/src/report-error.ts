import { exitCodeFor, TesaError } from "@tesa/core";
import { printable } from "./status/printable.ts";
import { redact } from "./status/redact.ts";
import { wrapFor } from "./status/wrap.ts";

/** EX_SOFTWARE of sysexits.h: a defect of the program itself. */
export const INTERNAL_ERROR = 70;

/** Options of {@link reportError}. */
export interface ReportErrorOptions {
  /** A last line below a list of problems: where to look. @default none */
  readonly hint?: (error: TesaError) => string;
}

/** Tells what ended the program, and gives the exit code. Only a defect of the program has a stack to show. */
export function reportError(error: unknown, options: ReportErrorOptions = {}): number {
  if (error instanceof TesaError) {
    process.stderr.write(`tesa: ${redact(describe(error, options))}\n`);
    return exitCodeFor(error);
  }
  const message = error instanceof Error ? error.message : String(error);
  const stack = process.env.TESA_DEBUG === "1" && error instanceof Error ? `\n${error.stack}` : "";
  const hint = stack === "" ? " Set TESA_DEBUG=1 to see where it happened." : "";
  process.stderr.write(redact(`tesa: unexpected error: ${printable(message)}${hint}${stack}\n`));
  return INTERNAL_ERROR;
}

const TITLES: Readonly<Record<string, string>> = {
  config: "the configuration cannot be used",
  usage: "the command line cannot be used",
};

function describe(error: TesaError, { hint }: ReportErrorOptions): string {
  const { code, message, problems } = error;
  const wrapped = (text: string, before: number, indent: string) =>
    wrapFor(process.stderr, printable(text), { before, indent });
  if (problems.length === 0) {
    return message
      .split("\n")
      .map((line) => wrapped(line, "tesa: ".length, ""))
      .join("\n");
  }
  const lines = problems.map((problem) => `  - ${wrapped(problem, 4, "    ")}`);
  return [`${TITLES[code] ?? code}:`, ...lines, ...(hint === undefined ? [] : [hint(error)])].join("\n");
}

/** Everything that is wrong with the command line and the settings, as one error; `null` if nothing is. */
export function problemsError({
  usage,
  config,
}: {
  readonly usage: readonly string[];
  readonly config: readonly string[];
}): TesaError | null {
  const problems = [...usage, ...config];
  if (problems.length === 0) return null;
  return new TesaError(usage.length > 0 ? "usage" : "config", problems.join("\n"), { problems });
}

/** What to throw when the command line cannot be used. */
export function usageError(problems: readonly string[]): TesaError {
  return new TesaError("usage", problems.join("\n"), { problems });
}
