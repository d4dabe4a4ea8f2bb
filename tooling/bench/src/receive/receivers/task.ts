import { readFileSync } from "node:fs";
import type { ReceiverReport, ReceiverTask } from "../protocol.ts";

/** The variable part of what all receivers present themselves with; a made-up token. */
export const TOKEN = "tesa_mqtt_bench_FAKEFAKEFAKEFAKEFAKEFAKEFAKE0001";

/** All telemetry of the organisation. */
export const FILTER = "device/+/telemetry/#";

/** The task that this process was started for. */
export function readTask(): ReceiverTask & { readonly ca: string } {
  const task: ReceiverTask = JSON.parse(process.argv[2] ?? "null");
  return { ...task, ca: readFileSync(task.caCertPath, "utf8") };
}

/** Tells the bench and ends this process. */
export function finish(report: ReceiverReport): void {
  process.send?.(report, () => process.exit());
}
