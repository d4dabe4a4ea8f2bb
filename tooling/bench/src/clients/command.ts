import { describeMachine } from "../machine.ts";
import { chosen, positive, readOptions } from "../option-values.ts";
import { type Contender, findContenders } from "./contenders.ts";
import { measure } from "./measure.ts";
import { type ClientSample, formatReport } from "./report.ts";

export const CLIENTS_USAGE: string = `Usage: pnpm bench clients [options]

CPU time and peak memory of every app on the same messages, beside mosquitto_sub and Paho C's paho_c_sub. Linux only.

  --json           one JSON object on stdout, and nothing else there
  --messages N     messages for each client (default 100,000)
  --quick          2,000 messages: shows that it works, measures nothing well
  --only A,B       only these clients, such as python or "python sqlite"
`;

const MESSAGES = 100_000;
const QUICK_MESSAGES = 2_000;

/**
 * `bench clients`. Gives the exit code.
 *
 * @throws UsageError for options that are wrong
 * @throws Error when a client ended early or lost a message
 */
export async function clientsCommand(args: readonly string[]): Promise<number> {
  const { json, messages, only } = parseOptions(args);
  const machine = describeMachine();
  const contenders = choose(await findContenders(), only);
  const clients: ClientSample[] = [];
  for (const contender of contenders) {
    const { name: client, does, missing } = contender;
    process.stderr.write(`${client}: `);
    if (missing !== null) {
      process.stderr.write(`skipped, ${missing}\n`);
      clients.push({ client, does, skipped: missing });
      continue;
    }
    const measurement = await measure(contender, messages);
    process.stderr.write(`${measurement.cpuUs.toFixed(1)} us\n`);
    clients.push({ client, does, ...measurement });
  }
  const report = { messages, machine, clients };
  process.stdout.write(json ? `${JSON.stringify(report)}\n` : formatReport(report));
  return 0;
}

function parseOptions(args: readonly string[]) {
  const values = readOptions(args, {
    json: { type: "boolean", default: false },
    quick: { type: "boolean", default: false },
    messages: { type: "string" },
    only: { type: "string" },
  });
  return {
    json: values.json,
    only: values.only,
    messages:
      positive("--messages", values.messages, { isWhole: true }) ??
      (values.quick ? QUICK_MESSAGES : MESSAGES),
  };
}

function choose(contenders: readonly Contender[], only: string | undefined): readonly Contender[] {
  const names = chosen(
    "--only",
    only,
    contenders.map(({ name }) => name),
  );
  return contenders.filter(({ name }) => names.includes(name));
}
