import { createRequire } from "node:module";
import { join } from "node:path";

/** What serves. */
export type Runtime = "node" | "bun";

/** Who serves: the relay, a loop that encodes and writes for each client, and one that encodes once and writes for each. */
export type Variant = "relay" | "plain" | "once";

/** How many clients, and how many events per second each of them gets. */
export type Scenario = "1000x100" | "100x100" | "10x100" | "1000x1";

/** One measurement. */
export interface Run {
  readonly runtime: Runtime;
  readonly scenario: Scenario;
  readonly variant: Variant;
}

/** What a scenario is. */
export interface ScenarioPlan {
  readonly title: string;
  readonly clients: number;
  readonly ratePerSecond: number;
}

export const SCENARIOS: Readonly<Record<Scenario, ScenarioPlan>> = {
  "1000x100": { title: "1,000 clients, 100 events/s", clients: 1_000, ratePerSecond: 100 },
  "100x100": { title: "100 clients, 100 events/s", clients: 100, ratePerSecond: 100 },
  "10x100": { title: "10 clients, 100 events/s", clients: 10, ratePerSecond: 100 },
  "1000x1": { title: "1,000 clients, 1 event/s", clients: 1_000, ratePerSecond: 1 },
};

export const VARIANTS: readonly Variant[] = ["plain", "once", "relay"];
export const RUNTIMES: readonly Runtime[] = ["node", "bun"];

/** Every run of a round: the variants that are compared come right after each other. */
export function runsOfRound(runtimes: readonly Runtime[], scenarios: readonly Scenario[]): readonly Run[] {
  return runtimes.flatMap((runtime) =>
    scenarios.flatMap((scenario) => VARIANTS.map((variant) => ({ runtime, scenario, variant }))),
  );
}

/** The binary of a runtime: this Node, and the Bun of the lockfile. @throws Error if Bun is not installed */
export function runtimeBinary(runtime: Runtime): string {
  if (runtime === "node") return process.execPath;
  const require = createRequire(import.meta.url);
  return join(require.resolve("bun/package.json"), "../bin/bun.exe");
}
