import { reportError as report } from "@tesa/process";
import { tesaCommand } from "./pnpm-command.ts";

/** Commands whose settings are those of a connection to the platform. */
const CONNECTING: ReadonlySet<string | undefined> = new Set(["stream", "doctor"]);

/**
 * Tells what ended the command, and gives the exit code.
 * @param command Whose help may help.
 */
export function reportError(error: unknown, command?: string): number {
  const tesa = tesaCommand();
  return report(error, {
    hint: ({ code }) =>
      code === "usage" || !CONNECTING.has(command)
        ? `See: ${tesa} ${command === undefined ? "" : `${command} `}--help`
        : `${tesa} stream --help lists every setting; ${tesa} doctor checks them.`,
  });
}
