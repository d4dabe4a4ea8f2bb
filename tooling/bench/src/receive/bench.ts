import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Bed } from "./measure.ts";
import { type Amounts, type Run, runsOfRound, type Scenario, type Variant } from "./plan.ts";
import { cpuPerMessage, type Sample } from "./ratios.ts";

/** How a bench is run. */
export interface BenchOptions {
  readonly rounds: number;
  readonly amounts: Amounts;
  readonly protocolVersion: 4 | 5;
  readonly variants: readonly Variant[];
  readonly scenarios: readonly Scenario[];
  readonly profileFolder?: string | undefined;
  /** Called before each run. */
  readonly onRun?: (run: Run, round: number) => void;
  /** Called after each run, with the microseconds of CPU for a message. */
  readonly onSample?: (sample: Sample, cpuUsPerMessage: number) => void;
}

/** Runs every variant in every scenario, once a round. @throws Error when anything is lost or wrong on the way */
export async function benchReceive(options: BenchOptions): Promise<Sample[]> {
  const { rounds, amounts, protocolVersion, variants, scenarios, profileFolder, onRun, onSample } = options;
  const folder = await mkdtemp(join(tmpdir(), "tesa-bench-"));
  try {
    await using bed = await Bed.open({ folder, amounts, protocolVersion, profileFolder });
    const samples: Sample[] = [];
    for (let round = 0; round < rounds; round += 1) {
      for (const run of runsOfRound(variants, scenarios)) {
        onRun?.(run, round);
        const sample = { ...run, round, measurement: await bed.measure(run) };
        samples.push(sample);
        onSample?.(sample, cpuPerMessage(sample.measurement));
      }
    }
    return samples;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
