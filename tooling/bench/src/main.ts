import { CLIENTS_USAGE, clientsCommand } from "./clients/command.ts";
import { DASHBOARD_USAGE, dashboardCommand } from "./dashboard/command.ts";
import { FANOUT_USAGE, fanoutCommand } from "./fanout/command.ts";
import { RECEIVE_USAGE, receiveCommand } from "./receive/command.ts";
import { UsageError } from "./usage-error.ts";

const USAGE = `Usage: pnpm bench <bench> [options]

  receive    CPU time per message received, against stock mqtt.js
  fanout     CPU time and latency of live events, against loops over the clients
  clients    CPU time and peak memory of every app, beside mosquitto_sub and paho_c_sub
  dashboard  frames, main thread and memory of the dashboard in Chromium, beside a page with Recharts

pnpm bench <bench> --help tells its options.
`;

/** Each takes the arguments behind its name and gives the exit code. */
const BENCHES: Readonly<
  Record<string, { readonly run: (args: readonly string[]) => Promise<number>; readonly usage: string }>
> = {
  receive: { run: receiveCommand, usage: RECEIVE_USAGE },
  fanout: { run: fanoutCommand, usage: FANOUT_USAGE },
  dashboard: { run: dashboardCommand, usage: DASHBOARD_USAGE },
  clients: { run: clientsCommand, usage: CLIENTS_USAGE },
};

/** Wrong usage (sysexits.h, EX_USAGE). */
const EX_USAGE = 64;

process.exitCode = await main(process.argv.slice(2));

async function main([name, ...args]: readonly string[]): Promise<number> {
  if (name === "--help" || name === "-h") {
    process.stdout.write(USAGE);
    return 0;
  }
  const bench = name !== undefined && Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined;
  if (bench === undefined) {
    const problem = name === undefined ? "Name a bench." : `There is no bench "${name}".`;
    process.stderr.write(`${problem}\n\n${USAGE}`);
    return EX_USAGE;
  }
  if (args.includes("--help") || args.includes("-h")) {
    process.stdout.write(bench.usage);
    return 0;
  }
  try {
    return await bench.run(args);
  } catch (error) {
    const isUsage = error instanceof UsageError;
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`\n${message}\n${isUsage ? `\n${bench.usage}` : ""}`);
    return isUsage ? EX_USAGE : 1;
  }
}
