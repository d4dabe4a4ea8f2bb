import { describeMachine } from "../machine.ts";
import { chosen, positive, readOptions } from "../option-values.ts";
import { measure } from "./measure.ts";
import { RUNTIMES, type Runtime, runsOfRound, SCENARIOS, type Scenario } from "./plan.ts";
import { cpuPerDelivery, type Sample } from "./ratios.ts";
import { createReport, formatReport } from "./report.ts";

export const FANOUT_USAGE: string = `Usage: pnpm bench fanout [options]

CPU time and latency of the relay for each event that comes to a client, against loops over the clients.

  --json           one JSON object on stdout, and nothing else there
  --rounds N       interleaved rounds (default 3)
  --seconds N      how long events are measured in each run (default 4)
  --quick          one round of half a second: shows that it works, measures nothing well
  --runtime A,B    only these of node, bun
  --scenario A,B   only these of ${Object.keys(SCENARIOS).join(", ")} (clients x events per second)
`;

/**
 * `bench fanout`. Gives the exit code: 1 when a client of the relay missed an event.
 *
 * @throws UsageError for options that are wrong
 * @throws Error when a process failed
 */
export async function fanoutCommand(args: readonly string[]): Promise<number> {
  const { json, rounds, seconds, runtimes, scenarios } = parseOptions(args);
  const machine = describeMachine();
  const versions: Record<string, string> = {};
  const samples: Sample[] = [];
  for (let round = 0; round < rounds; round += 1) {
    for (const run of runsOfRound(runtimes, scenarios)) {
      const { runtime, scenario, variant } = run;
      process.stderr.write(
        `round ${round + 1}/${rounds}, ${runtime}, ${SCENARIOS[scenario].title}, ${variant}: `,
      );
      const { measurement, version } = await measure(run, seconds);
      versions[runtime] = version;
      samples.push({ ...run, round, measurement });
      const cpu = cpuPerDelivery(measurement).toFixed(2);
      process.stderr.write(`${cpu} us, 99 % within ${measurement.p99Ms.toFixed(1)} ms\n`);
    }
  }
  const report = createReport({ samples, rounds, seconds, machine, versions });
  process.stdout.write(json ? `${JSON.stringify(report)}\n` : formatReport(report));
  const missing = samples.filter(
    ({ variant, measurement }) => variant === "relay" && measurement.missing > 0,
  );
  return missing.length > 0 ? 1 : 0;
}

function parseOptions(args: readonly string[]) {
  const values = readOptions(args, {
    json: { type: "boolean", default: false },
    rounds: { type: "string" },
    seconds: { type: "string" },
    quick: { type: "boolean", default: false },
    runtime: { type: "string" },
    scenario: { type: "string" },
  });
  return {
    json: values.json,
    rounds: positive("--rounds", values.rounds, { isWhole: true }) ?? (values.quick ? 1 : 3),
    seconds: positive("--seconds", values.seconds) ?? (values.quick ? 0.5 : 4),
    runtimes: chosen<Runtime>("--runtime", values.runtime, RUNTIMES),
    scenarios: chosen("--scenario", values.scenario, Object.keys(SCENARIOS) as Scenario[]),
  };
}
