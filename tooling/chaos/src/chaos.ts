import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { startBox } from "./box.ts";
import type { ChaosBroker } from "./broker.ts";
import { findBroker } from "./foreign-broker.ts";
import { startMirrorServer } from "./mirror-server.ts";
import type { ChaosOptions } from "./options.ts";
import type { ChaosReport } from "./report.ts";
import { playRun, type RunReport } from "./run.ts";
import { planRun, type RunPlan } from "./run-plan.ts";
import { readSabotage } from "./sabotage/sabotage.ts";

/** What the command line does not say. */
export interface ChaosContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Told how it goes, a line each. */
  readonly tell: (line: string) => void;
}

/** Devices that publish: enough for every lane of the webhook to have some. */
const DEVICE_COUNT = 16;

/** Plays the runs one after the other. */
export async function playChaos(options: ChaosOptions, context: ChaosContext): Promise<ChaosReport> {
  const { keep, rate, runs, seconds, seed } = options;
  const { env, tell } = context;
  const { preload, says } = readSabotage(env);
  for (const line of says) tell(`broken on purpose: ${line}`);
  const folder =
    keep === undefined ? await mkdtemp(join(tmpdir(), "tesa-chaos-")) : await newFolder(resolve(keep));
  await using database = await startMirrorServer();
  const reports: RunReport[] = [];
  let brokerName = "";
  for (const name of runs) {
    const plan = planRun(name, { rate, seconds, isBox: options.broker === undefined });
    await using broker = await openBroker(options, plan, env);
    brokerName = options.broker === undefined ? "the platform in a box" : broker.name;
    tell(`run ${name}: ${plan.description}; ${broker.name}; seed ${seed}`);
    const report = await playRun({ ...options, plan, broker, database, folder, preload, tell });
    tell(`run ${name}: ${report.ok ? "passed" : "FAILED"}`);
    reports.push(report);
  }
  const isWell = reports.every(({ ok }) => ok);
  if (keep === undefined && isWell) await rm(folder, { recursive: true, force: true });
  else tell(`The logs, and what the CLI said, are in ${folder}`);
  return { seed, seconds, broker: brokerName, runs: reports };
}

/** Each run has a broker of its own where that can be started: an empty ledger, and the queue that it wants. */
function openBroker(
  { broker }: ChaosOptions,
  { delayMs, maxQueue }: RunPlan,
  env: ChaosContext["env"],
): Promise<ChaosBroker> {
  return broker === undefined
    ? startBox({ maxQueue, deviceCount: DEVICE_COUNT, delayMs })
    : findBroker(broker, { env, delayMs });
}

async function newFolder(path: string): Promise<string> {
  await mkdir(path, { recursive: true });
  return await mkdtemp(join(path, "run-"));
}
