import { setTimeout as delay } from "node:timers/promises";
import type { ChaosBroker } from "./broker.ts";
import type { Schedule } from "./schedule.ts";
import type { Worker } from "./worker.ts";

/** A database that can be taken away. */
export interface Database {
  stop(): Promise<void>;
  kill(): Promise<void>;
  start(): Promise<void>;
}

/** What the faults of a run are done to. */
export interface FaultTargets {
  readonly workers: readonly Worker[];
  readonly broker: ChaosBroker;
  readonly database: Database;
}

/** What was done. */
export interface FaultCounts {
  kills: number;
  cuts: number;
}

/** How often is looked whether there is a connection to cut. */
const LOOK_MS = 5;
/** A CLI that does not come back in this time will not come back. */
const CONNECTION_TIMEOUT_MS = 60_000;

/** Does everything on the schedule, kills in turn where there are several workers. Fulfils when all of it is done. */
export async function playFaults(targets: FaultTargets, schedule: Schedule): Promise<FaultCounts> {
  const startedAt = performance.now();
  const until = (atMs: number) => delay(Math.max(0, startedAt + atMs - performance.now()));
  const counts: FaultCounts = { kills: 0, cuts: 0 };
  await Promise.all([
    playKills(targets, schedule, { until, counts }),
    playCuts(targets, schedule, { until, counts }),
    playOutage(targets.database, schedule, until),
  ]);
  return counts;
}

interface Play {
  readonly until: (atMs: number) => Promise<void>;
  readonly counts: FaultCounts;
}

async function playKills(targets: FaultTargets, { kills }: Schedule, play: Play): Promise<void> {
  const { broker, workers } = targets;
  for (const [index, { atMs, pauseMs }] of kills.entries()) {
    await play.until(atMs);
    // Where there are several, one has to be left, or the broker has nobody to keep anything for.
    if (workers.length > 1 && broker.canCut) await untilConnections(broker, workers.length);
    const worker = workers[index % workers.length];
    if (worker === undefined) return;
    if (await worker.kill()) play.counts.kills += 1;
    await delay(pauseMs);
    worker.start();
  }
}

async function playCuts({ broker }: FaultTargets, { cuts }: Schedule, play: Play): Promise<void> {
  for (const { atMs, delayMs } of cuts) {
    await play.until(atMs);
    for (;;) {
      await untilConnections(broker, 1);
      await delay(delayMs);
      // It may have been killed meanwhile.
      if (broker.cut() > 0) break;
    }
    play.counts.cuts += 1;
  }
}

/** @throws Error if there are not as many for a long time */
async function untilConnections(broker: ChaosBroker, count: number): Promise<void> {
  const deadline = performance.now() + CONNECTION_TIMEOUT_MS;
  while (broker.connections() < count) {
    if (performance.now() > deadline) throw new Error("The CLI has not connected for a minute.");
    await delay(LOOK_MS);
  }
}

async function playOutage(
  database: Database,
  { outage }: Schedule,
  until: (atMs: number) => Promise<void>,
): Promise<void> {
  await until(outage.fromMs);
  await (outage.isKill ? database.kill() : database.stop());
  await until(outage.toMs);
  await database.start();
}
