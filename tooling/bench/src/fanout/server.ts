// The server process of the bench; Node or Bun runs it.
import { startContender } from "./contender.ts";
import { eventOf } from "./events.ts";
import type { FromServer, ServerTask, ToServer } from "./protocol.ts";

/** Between warm-up and measurement, so that nothing of the one falls into the other. */
const PAUSE_MS = 300;

const task = JSON.parse(process.argv[2] ?? "") as ServerTask;
const contender = await startContender(task.variant, task.clients);
const times: number[] = [];
let cpuBefore = process.cpuUsage();

process.on("message", (message: ToServer) => {
  if (message.type === "publish") void publishAll();
  else report();
});
// Nobody is there to measure for.
process.on("disconnect", () => process.exit(0));
tell({ type: "listening", port: contender.port });

async function publishAll(): Promise<void> {
  await publish(task.warmUp);
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  cpuBefore = process.cpuUsage();
  await publish(task.events);
  tell({ type: "published", times });
}

/** At a steady rate. Each event comes in a turn of its own, also those that are late, as from a broker's connection. */
function publish(count: number): Promise<void> {
  const intervalMs = 1_000 / task.ratePerSecond;
  const begin = performance.now();
  let published = 0;
  return new Promise((resolve) => {
    const step = () => {
      const now = performance.timeOrigin + performance.now();
      times.push(now);
      contender.publish(eventOf(times.length, Math.floor(now)));
      published += 1;
      if (published === count) resolve();
      else next();
    };
    const next = () => {
      const waitMs = begin + published * intervalMs - performance.now();
      if (waitMs <= 0) setImmediate(step);
      else setTimeout(step, waitMs);
    };
    next();
  });
}

function report(): void {
  const { user, system } = process.cpuUsage(cpuBefore);
  tell({ type: "measured", cpuUs: user + system, version: process.versions.bun ?? process.versions.node });
}

function tell(message: FromServer): void {
  process.send?.(message);
}
