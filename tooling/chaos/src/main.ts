import { playChaos } from "./chaos.ts";
import { parseOptions, USAGE, UsageError } from "./options.ts";
import { toJson, toText } from "./report.ts";

/** Wrong usage (sysexits.h, EX_USAGE). */
const EX_USAGE = 64;

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  try {
    const options = parseOptions(args);
    if (options === undefined) {
      process.stdout.write(USAGE);
      return 0;
    }
    const tell = (line: string) => void process.stderr.write(`${line}\n`);
    const report = await playChaos(options, { env: process.env, tell });
    process.stdout.write(options.json ? `${toJson(report)}\n` : toText(report));
    if (options.json) process.stderr.write(toText(report));
    return report.runs.every(({ ok }) => ok) ? 0 : 1;
  } catch (error) {
    const isUsage = error instanceof UsageError;
    process.stderr.write(
      `${error instanceof Error ? error.message : String(error)}\n${isUsage ? `\n${USAGE}` : ""}`,
    );
    return isUsage ? EX_USAGE : 1;
  }
}
