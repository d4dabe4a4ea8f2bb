import { exitCodeFor, TesaError } from "@tesa/core";
import { tesaCommand } from "./pnpm-command.ts";
import { printable } from "./printable.ts";
import { redact } from "./redact.ts";
import { wrapFor } from "./wrap.ts";

/** EX_SOFTWARE of sysexits.h: a defect of the program itself. */
export const INTERNAL_ERROR = 70;

/**
 * Tells what ended the command, and gives the exit code. Only a defect of this program has a stack to show.
 * @param command Whose help may help.
 */
export function reportError(error: unknown, command?: string): number {
  if (error instanceof TesaError) {
    process.stderr.write(`tesa: ${redact(describe(error, command))}\n`);
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

/** Commands whose settings are those of a connection to the platform. */
const CONNECTING: ReadonlySet<string | undefined> = new Set(["stream", "doctor"]);

function describe({ code, message, problems }: TesaError, command: string | undefined): string {
  const wrapped = (text: string, before: number, indent: string) =>
    wrapFor(process.stderr, printable(text), { before, indent });
  if (problems.length === 0) {
    return message
      .split("\n")
      .map((line) => wrapped(line, "tesa: ".length, ""))
      .join("\n");
  }
  const lines = problems.map((problem) => `  - ${wrapped(problem, 4, "    ")}`);
  const tesa = tesaCommand();
  const hint =
    code === "usage" || !CONNECTING.has(command)
      ? `See: ${tesa} ${command === undefined ? "" : `${command} `}--help`
      : `${tesa} stream --help lists every setting; ${tesa} doctor checks them.`;
  return `${TITLES[code] ?? code}:\n${lines.join("\n")}\n${hint}`;
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
