import { reportError as report } from "@tesa/process";
import { tesaCommand } from "./pnpm-command.ts";

/** Commands whose settings are those of a connection to the platform. */
const CONNECTING: ReadonlySet<string | undefined> = new Set(["stream", "doctor"]);

/** Problems of the log and of what reads it, which `tesa doctor` does not look at. */
const STORAGE = /^(--|TESA_)(log|keep|postgres|webhook)(?![a-z])/i;

/**
 * Tells what ended the command, and gives the exit code.
 * @param command Whose help may help.
 */
export function reportError(error: unknown, command?: string): number {
  const tesa = tesaCommand();
  return report(error, {
    hint: ({ code, problems }) => {
      if (code === "usage" || !CONNECTING.has(command))
        return `See: ${tesa} ${command === undefined ? "" : `${command} `}--help`;
      const help = `${tesa} stream --help lists every setting`;
      if (problems.every((problem) => STORAGE.test(problem))) return `${help}.`;
      return `${help}; ${tesa} doctor checks those of the connection.`;
    },
  });
}
