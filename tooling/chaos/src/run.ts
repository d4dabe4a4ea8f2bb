import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { BrokerEntry, ChaosBroker } from "./broker.ts";
import { drain } from "./drain.ts";
import { readLog } from "./evidence.ts";
import { playFaults } from "./faults.ts";
import { judge, type Rules, type Verdict } from "./judge.ts";
import { keyFor, type MessageKey } from "./message.ts";
import type { MirrorServer } from "./mirror-server.ts";
import { Publisher, type PublisherReport } from "./publisher/publisher.ts";
import { createRandom } from "./random.ts";
import { type Receiver, startReceiver } from "./receiver.ts";
import type { RunPlan } from "./run-plan.ts";
import { createSchedule } from "./schedule.ts";
import { type UnexpectedEnd, Worker } from "./worker.ts";

/** What a run works with. */
export interface RunOptions {
  readonly plan: RunPlan;
  readonly broker: ChaosBroker;
  readonly database: MirrorServer;
  /** Where logs and what was said are kept. */
  readonly folder: string;
  readonly seed: number;
  readonly seconds: number;
  /** Messages per second. */
  readonly rate: number;
  readonly kills: number;
  readonly cuts: number;
  /** Modules that break the CLI on purpose. */
  readonly preload: readonly string[];
  /** Told how it goes, a line each. */
  readonly tell: (line: string) => void;
}

/** How a run went. */
export interface RunReport extends Verdict {
  readonly run: string;
  readonly kills: number;
  readonly cuts: number;
  /** Messages per second that the publisher reached. */
  readonly rate: number;
  readonly requests: number;
  readonly failedRequests: number;
  readonly ok: boolean;
}

/** How long the CLI may take to connect for the first time. */
const FIRST_CONNECTION_MS = 30_000;

/** Plays one run from its beginning to its verdict. */
export async function playRun(options: RunOptions): Promise<RunReport> {
  const { broker, database, plan, seed, tell } = options;
  const ends: UnexpectedEnd[] = [];
  await using receiver = await startReceiver(createRandom(seed, `${plan.name}/receiver`));
  const workers = createWorkers(options, receiver, (end) => ends.push(end));
  try {
    for (const worker of workers) worker.start();
    await untilSubscribed(broker, workers, ends);
    const { counts, report } = await playChaos(options, workers);
    tell(`published ${sumOf(report)}; waiting for the CLI to catch up`);
    const stall = await drain({
      broker,
      logPaths: workers.map(({ logPath }) => logPath),
      countMirrored: () => database.count(plan.table),
      taken: receiver.taken,
    });
    const codes = await Promise.all(workers.map((worker) => worker.terminate()));
    const verdict = await judgeRun(options, { workers, receiver, report });
    const problems = [
      ...verdict.problems,
      ...(stall === undefined ? [] : [stall]),
      ...ends.map(({ worker, code, said }) => `${worker} ended by itself with ${code}:\n${said}`),
      ...codes.flatMap((code, index) =>
        code === 0 ? [] : [`${workers[index]?.name} ended with ${code} instead of 0 after SIGTERM`],
      ),
      ...(receiver.counts.wrong === 0
        ? []
        : [`${receiver.counts.wrong} requests were signed or made wrongly`]),
    ];
    return {
      run: plan.name,
      ...verdict,
      problems,
      ...counts,
      rate: Math.round(sumOf(report) / (report.elapsedMs / 1_000)),
      requests: receiver.counts.requests,
      failedRequests: receiver.counts.failed,
      ok: problems.length === 0,
    };
  } finally {
    for (const worker of workers) await worker.kill();
  }
}

function createWorkers(
  { broker, database, folder, plan, preload }: RunOptions,
  receiver: Receiver,
  onUnexpectedEnd: (end: UnexpectedEnd) => void,
): Worker[] {
  const env = {
    MQTT_BROKER_URL: broker.wss,
    MQTT_API_TOKEN: broker.token,
    CA_CERT_PATH: broker.caCertPath,
    // The first step of the backoff, which doubles at each loss until a connection has lasted 30 s.
    MQTT_RECONNECT_PERIOD: "50",
    TESA_POSTGRES_URL: database.connectionString,
    TESA_WEBHOOK_SECRET: receiver.secret,
    ...plan.env,
  };
  const args = ["--postgres-table", plan.table, "--webhook", receiver.url, ...plan.args];
  return Array.from({ length: plan.workers }, (_, index) => {
    const name = `worker-${plan.name}-${index + 1}`;
    const home = join(folder, name);
    mkdirSync(home, { recursive: true });
    return new Worker({ name, folder: home, args, env, preload }, onUnexpectedEnd);
  });
}

/** Only then is every message for one of them. */
async function untilSubscribed(
  broker: ChaosBroker,
  workers: readonly Worker[],
  ends: readonly UnexpectedEnd[],
): Promise<void> {
  const deadline = performance.now() + FIRST_CONNECTION_MS;
  const isSubscribed = () => {
    const subscribers = broker.subscribers();
    return subscribers === undefined
      ? workers.every((worker) => worker.said.includes("live: "))
      : subscribers >= workers.length;
  };
  while (!isSubscribed()) {
    const [end] = ends;
    if (end !== undefined) throw new Error(`${end.worker} cannot start (${end.code}): ${end.said}`);
    if (performance.now() > deadline) throw new Error(`The CLI has not connected to ${broker.name}.`);
    await delay(20);
  }
}

/** Publishes while the faults are played, and for the whole time that was asked for. */
async function playChaos(options: RunOptions, workers: readonly Worker[]) {
  const { broker, cuts, database, kills, plan, rate, seconds, seed } = options;
  const schedule = createSchedule({
    random: createRandom(seed, `${plan.name}/schedule`),
    durationMs: seconds * 1_000,
    kills,
    cuts: broker.canCut ? cuts : 0,
    longPauseEvery: plan.longPauseEvery,
  });
  const { caCertPath, devices, mqtts: url } = broker;
  await using publisher = await Publisher.open({ url, caCertPath, devices, rate });
  publisher.start();
  const [counts] = await Promise.all([
    playFaults({ workers, broker, database }, schedule),
    delay(seconds * 1_000),
  ]);
  return { counts, report: await publisher.stop() };
}

interface Leavings {
  readonly workers: readonly Worker[];
  readonly receiver: Receiver;
  readonly report: PublisherReport;
}

async function judgeRun(
  { broker, database, plan }: RunOptions,
  { workers, receiver, report }: Leavings,
): Promise<Verdict> {
  const ledger = broker.ledger();
  const rules: Rules = plan.rules;
  const verdict = judge({
    rules,
    published: ledger?.published ?? sumOf(report),
    entries: ledger?.entries ?? entriesOf(report),
    knowsDrops: ledger !== undefined,
    logs: await Promise.all(workers.map(({ logPath }) => readLog(logPath))),
    mirror: await database.read(plan.table),
    taken: receiver.taken,
  });
  const unacknowledged =
    report.devices.reduce((sum, device) => sum + device.sentAt.length, 0) - sumOf(report);
  const problems = [...verdict.problems];
  if (ledger !== undefined && ledger.sessionEnded > 0)
    problems.push(`${ledger.sessionEnded} messages were thrown away with the session that they waited in`);
  if (unacknowledged > 0) problems.push(`The broker has not acknowledged ${unacknowledged} messages`);
  return { ...verdict, problems };
}

function sumOf({ devices }: PublisherReport): number {
  return devices.reduce((sum, { acknowledgedAt }) => sum + acknowledgedAt.length, 0);
}

/** Where the broker keeps no books: what it has acknowledged to the devices, and when that was sent. */
function entriesOf({ devices }: PublisherReport): Map<MessageKey, BrokerEntry> {
  return new Map(
    devices.flatMap(({ deviceId, sentAt, acknowledgedAt }) =>
      acknowledgedAt.map((until, index) => {
        const at = sentAt[index] ?? until;
        return [keyFor(deviceId, index + 1), { at, until, droppedFor: undefined }] as const;
      }),
    ),
  );
}
