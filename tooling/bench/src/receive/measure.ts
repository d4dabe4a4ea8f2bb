import type { ChildProcess } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { openAuthority } from "@tesa/platform";
import { endChild, nextMessage, startChild } from "../child.ts";
import { type Amounts, feedPlan, type Run, type Variant } from "./plan.ts";
import type {
  FeedOutcome,
  FeedPlan,
  FromSource,
  Measurement,
  ReceiverReport,
  ReceiverTask,
  ToSource,
} from "./protocol.ts";

/** A process that neither ends nor answers for so long hangs. */
const TIMEOUT_MS = 180_000;

const RECEIVERS: Readonly<Record<Variant, URL>> = {
  stock: new URL("./receivers/stock.ts", import.meta.url),
  memory: new URL("./receivers/memory.ts", import.meta.url),
  sqlite: new URL("./receivers/sqlite.ts", import.meta.url),
  durablePeer: new URL("./receivers/durable-peer.ts", import.meta.url),
  durablePeerSync: new URL("./receivers/durable-peer-sync.ts", import.meta.url),
};

/** What a {@link Bed} is made with. */
export interface BedOptions {
  /** An empty folder, for the CA and the databases. */
  readonly folder: string;
  readonly protocolVersion: 4 | 5;
  readonly amounts: Amounts;
  /** Where the CPU profiles of the receivers go. */
  readonly profileFolder?: string | undefined;
}

/** The source in its own process, and what a receiver needs to reach it. */
export class Bed implements AsyncDisposable {
  readonly #options: BedOptions;
  readonly #source: ChildProcess;
  readonly #url: string;
  readonly #caCertPath: string;

  private constructor(options: BedOptions, source: ChildProcess, port: number, caCertPath: string) {
    this.#options = options;
    this.#source = source;
    this.#url = `wss://127.0.0.1:${port}/mqtt`;
    this.#caCertPath = caCertPath;
  }

  static async open(options: BedOptions): Promise<Bed> {
    const authority = await openAuthority(join(options.folder, "ca"));
    const { key, certificate } = await authority.issueServerCertificate();
    const source = startChild(new URL("./source.ts", import.meta.url));
    const listening = await ask(source, { type: "listen", key, certificate }, "listening");
    return new Bed(options, source, listening.port, authority.caCertPath);
  }

  /** @throws Error when a message is missing, a sum is wrong, or the receiver breaks the protocol */
  async measure(run: Run): Promise<Measurement> {
    const { amounts, folder, protocolVersion, profileFolder } = this.#options;
    const { plan, from } = feedPlan(run, amounts);
    await ask(this.#source, { type: "prepare", plan, protocolVersion }, "prepared");
    const ownFolder = await mkdtemp(join(folder, "receiver-"));
    const task: ReceiverTask = {
      url: this.#url,
      caCertPath: this.#caCertPath,
      protocolVersion,
      total: plan.total,
      from,
      folder: ownFolder,
    };
    const receiver = startChild(RECEIVERS[run.variant], { args: [JSON.stringify(task)], profileFolder });
    try {
      const report = await nextMessage<ReceiverReport>(receiver, `The receiver "${run.variant}"`, TIMEOUT_MS);
      if (profileFolder !== undefined) await gone(receiver);
      const { outcome } = await ask(this.#source, { type: "report" }, "reported");
      checkOutcome(run, plan, report, outcome);
      return report.measurement;
    } finally {
      await endChild(receiver);
      await rm(ownFolder, { recursive: true, force: true });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await endChild(this.#source);
  }
}

/** Compares what a receiver says with what the source knows. @throws Error that names every difference */
export function checkOutcome(run: Run, plan: FeedPlan, report: ReceiverReport, outcome: FeedOutcome): void {
  const problems = [...outcome.faults];
  if (outcome.sent !== plan.total) problems.push(`${outcome.sent} of ${plan.total} messages were sent`);
  if (report.received !== outcome.sent)
    problems.push(`${report.received} of ${outcome.sent} messages arrived`);
  if (report.sum !== null && report.sum !== outcome.sum) {
    problems.push(`the readings add up to ${report.sum}; ${outcome.sum} was sent`);
  }
  if (report.stored !== null && report.stored !== outcome.sent) {
    problems.push(`${report.stored} of ${outcome.sent} messages are stored`);
  }
  if (problems.length === 0) return;
  throw new Error(`"${run.variant}" in "${run.scenario}" is wrong: ${problems.join("; ")}.`);
}

async function ask<Type extends FromSource["type"]>(
  source: ChildProcess,
  message: ToSource,
  answer: Type,
): Promise<Extract<FromSource, { readonly type: Type }>> {
  const answered = nextMessage<FromSource>(source, "The source", TIMEOUT_MS);
  source.send(message);
  const received = await answered;
  if (received.type !== answer) throw new Error(`The source said "${received.type}" and not "${answer}".`);
  return received as Extract<FromSource, { readonly type: Type }>;
}

/** A profile is written when the process ends by itself. */
async function gone(child: ChildProcess): Promise<void> {
  if (child.exitCode === null) await new Promise((resolve) => child.once("exit", resolve));
}
