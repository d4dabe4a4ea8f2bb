import { describeMachine, versionsOf } from "../machine.ts";
import { chosen, positive, readOptions } from "../option-values.ts";
import { UsageError } from "../usage-error.ts";
import { readBaseline, writeBaseline } from "./baseline.ts";
import { benchReceive } from "./bench.ts";
import { ALL_SCENARIOS, type Amounts, SCENARIOS, type Variant } from "./plan.ts";
import { ratiosOf } from "./ratios.ts";
import { createReport, formatReport } from "./report.ts";

export const RECEIVE_USAGE: string = `Usage: pnpm bench receive [options]

CPU time per message of the receiving process, against stock mqtt.js.

  --json            one JSON object on stdout, and nothing else there
  --rounds N        interleaved rounds (default 5)
  --messages N      messages measured at full speed in each run (default 200,000)
  --quick           one short round: shows that it works, measures nothing well
  --protocol 4|5    MQTT 3.1.1 or 5 (default 5)
  --only A,B        only these of stock, memory, sqlite, durablePeer, durablePeerSync
  --scenarios A,B   only these of ${ALL_SCENARIOS.join(", ")}
  --profile FOLDER  write a CPU profile of each receiver there
  --strict          exit with 1 when a ratio lost a tenth against the baseline
  --save-baseline   keep the ratios of this run as the baseline
`;

const BASELINE = new URL("../../baseline.json", import.meta.url);
const VARIANTS: readonly Variant[] = ["stock", "memory", "sqlite", "durablePeer", "durablePeerSync"];
const THOROUGH: Amounts = { messages: 200_000, warmUp: 50_000, steadySeconds: 4, durableMessages: 4_000 };
const QUICK: Amounts = { messages: 3_000, warmUp: 1_000, steadySeconds: 0.2, durableMessages: 50 };

/**
 * `bench receive`. Gives the exit code.
 *
 * @throws UsageError for options that are wrong
 * @throws Error when a message was lost, a sum was wrong, or a process failed
 */
export async function receiveCommand(args: readonly string[]): Promise<number> {
  const options = parseOptions(args);
  const machine = describeMachine();
  const samples = await benchReceive({
    ...options,
    onRun: ({ scenario, variant }, round) => {
      process.stderr.write(
        `round ${round + 1}/${options.rounds}, ${SCENARIOS[scenario].title}, ${variant}: `,
      );
    },
    onSample: (_, cpuUs) => void process.stderr.write(`${cpuUs.toFixed(2)} us\n`),
  });
  const { rounds, amounts, protocolVersion, json, strict, saveBaseline } = options;
  const report = createReport({
    samples,
    baseline: options.quick ? {} : await readBaseline(BASELINE),
    rounds,
    protocolVersion,
    amounts,
    machine,
    versions: versionsOf(["mqtt", "ws"]),
  });
  process.stdout.write(json ? `${JSON.stringify(report)}\n` : formatReport(report));
  if (saveBaseline) await writeBaseline(BASELINE, ratiosOf(samples));
  return strict && report.regressions.length > 0 ? 1 : 0;
}

function parseOptions(args: readonly string[]) {
  const values = readOptions(args, {
    json: { type: "boolean", default: false },
    rounds: { type: "string" },
    messages: { type: "string" },
    quick: { type: "boolean", default: false },
    protocol: { type: "string", default: "5" },
    only: { type: "string" },
    scenarios: { type: "string" },
    profile: { type: "string" },
    strict: { type: "boolean", default: false },
    "save-baseline": { type: "boolean", default: false },
  });
  const amounts = values.quick ? QUICK : THOROUGH;
  const messages = positive("--messages", values.messages, { isWhole: true }) ?? amounts.messages;
  return {
    json: values.json,
    quick: values.quick,
    strict: values.strict,
    saveBaseline: values["save-baseline"],
    rounds: positive("--rounds", values.rounds, { isWhole: true }) ?? (values.quick ? 1 : 5),
    amounts: { ...amounts, messages },
    protocolVersion: protocolVersion(values.protocol),
    variants: chosen("--only", values.only, VARIANTS),
    scenarios: chosen("--scenarios", values.scenarios, ALL_SCENARIOS),
    profileFolder: values.profile,
  };
}

function protocolVersion(text: string): 4 | 5 {
  if (text === "4") return 4;
  if (text === "5") return 5;
  throw new UsageError(`--protocol "${text}" is neither 4 (MQTT 3.1.1) nor 5.`);
}
