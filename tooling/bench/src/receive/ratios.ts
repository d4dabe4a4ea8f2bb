import { median, type Spread, spread } from "../statistics.ts";
import { type Run, SCENARIOS, type Scenario, type Variant } from "./plan.ts";
import type { Measurement } from "./protocol.ts";

/** A measurement and the round it belongs to, from 0. */
export interface Sample extends Run {
  readonly round: number;
  readonly measurement: Measurement;
}

/** The ratios that have a goal. */
export type RatioName = "memory" | "sqlite" | "memory32" | "sqlite32" | "steady5000" | "durablePeer";

/** What is divided by what: how often the second is contained in the first. */
interface Comparison {
  readonly quantity: "cpu" | "throughput";
  readonly over: Run;
  readonly under: Run;
}

interface RatioRule extends Comparison {
  readonly title: string;
  readonly goal: number;
}

const stock = (scenario: Scenario): Run => ({ scenario, variant: "stock" });
const ours = (scenario: Scenario, variant: Variant): Run => ({ scenario, variant });

/** Further ratios, for which there is no goal: against stock, and of throughput against the durable peer in one thread. */
export type OtherRatioName =
  | "durablePeerSync"
  | "sqliteSteady5000"
  | "scattered5000"
  | "sqliteScattered5000"
  | "steady1000"
  | "sqliteSteady1000";

const ourCpu = (scenario: Scenario, variant: Variant): Comparison => ({
  quantity: "cpu",
  over: stock(scenario),
  under: ours(scenario, variant),
});

export const OTHER_RATIOS: Readonly<Record<OtherRatioName, Comparison>> = {
  durablePeerSync: {
    quantity: "throughput",
    over: ours("full32", "sqlite"),
    under: ours("full32", "durablePeerSync"),
  },
  sqliteSteady5000: ourCpu("steady5000", "sqlite"),
  scattered5000: ourCpu("scattered5000", "memory"),
  sqliteScattered5000: ourCpu("scattered5000", "sqlite"),
  steady1000: ourCpu("steady1000", "memory"),
  sqliteSteady1000: ourCpu("steady1000", "sqlite"),
};

export const RATIOS: Readonly<Record<RatioName, RatioRule>> = {
  memory: {
    title: "log in memory, full speed, window 1,000",
    goal: 8,
    quantity: "cpu",
    over: stock("full1000"),
    under: ours("full1000", "memory"),
  },
  sqlite: {
    title: "log in SQLite, full speed, window 1,000",
    goal: 4,
    quantity: "cpu",
    over: stock("full1000"),
    under: ours("full1000", "sqlite"),
  },
  memory32: {
    title: "log in memory, full speed, window 32",
    goal: 4,
    quantity: "cpu",
    over: stock("full32"),
    under: ours("full32", "memory"),
  },
  sqlite32: {
    title: "log in SQLite, full speed, window 32",
    goal: 2,
    quantity: "cpu",
    over: stock("full32"),
    under: ours("full32", "sqlite"),
  },
  steady5000: {
    title: "log in memory, 5,000 per second, 5 each ms",
    goal: 1.8,
    quantity: "cpu",
    over: stock("steady5000"),
    under: ours("steady5000", "memory"),
  },
  durablePeer: {
    title: "throughput of SQLite against stock with SQLite, window 32",
    goal: 20,
    quantity: "throughput",
    over: ours("full32", "sqlite"),
    under: ours("full32", "durablePeer"),
  },
};

/** What was measured of one variant in one scenario, over all rounds. */
export interface Median extends Run {
  /** CPU microseconds of the receiving process per message. */
  readonly cpuUsPerMessage: Spread;
  readonly messagesPerSecond: Spread;
}

/** Microseconds of CPU for a message. */
export function cpuPerMessage({ cpuUs, messages }: Measurement): number {
  return cpuUs / messages;
}

export function messagesPerSecond({ wallUs, messages }: Measurement): number {
  return (messages * 1e6) / wallUs;
}

/**
 * The ratios of pairs of the same round, and of them the middle one: what slows the machine down for a while slows both
 * of a pair. `null` where a variant did not run.
 */
export function ratiosOf(samples: readonly Sample[]): Readonly<Record<RatioName, Spread | null>> {
  const entries = Object.entries(RATIOS).map(([name, rule]) => [name, ratioOf(rule, samples)]);
  return Object.fromEntries(entries);
}

/** As {@link ratiosOf}, for those without a goal. */
export function otherRatiosOf(samples: readonly Sample[]): Readonly<Record<OtherRatioName, Spread | null>> {
  const entries = Object.entries(OTHER_RATIOS).map(([name, rule]) => [name, ratioOf(rule, samples)]);
  return Object.fromEntries(entries);
}

function ratioOf({ quantity, over, under }: Comparison, samples: readonly Sample[]): Spread | null {
  const measure = quantity === "cpu" ? cpuPerMessage : messagesPerSecond;
  const ratios = samples.filter(isOf(over)).flatMap(({ round, measurement }) => {
    const partner = samples.find((sample) => sample.round === round && isOf(under)(sample));
    return partner === undefined ? [] : [measure(measurement) / measure(partner.measurement)];
  });
  return ratios.length === 0 ? null : spread(ratios);
}

/** One entry for each variant in each scenario that ran. */
export function mediansOf(samples: readonly Sample[]): Median[] {
  const scenarios = Object.keys(SCENARIOS) as Scenario[];
  return scenarios.flatMap((scenario) => {
    const variants = new Set(samples.filter((sample) => sample.scenario === scenario).map(variantOf));
    return [...variants].map((variant) => {
      const measurements = samples.filter(isOf({ scenario, variant })).map(({ measurement }) => measurement);
      return {
        scenario,
        variant,
        cpuUsPerMessage: spread(measurements.map(cpuPerMessage)),
        messagesPerSecond: spread(measurements.map(messagesPerSecond)),
      };
    });
  });
}

/** How far the rounds of one variant lie apart, as a share of their median: 0.3 is 30 percent. The middle of all variants. */
export function noiseOf(medians: readonly Median[]): number {
  return median(medians.map(({ cpuUsPerMessage: { median: middle, min, max } }) => (max - min) / middle));
}

function variantOf({ variant }: Run): Variant {
  return variant;
}

function isOf(run: Run): (sample: Run) => boolean {
  return ({ scenario, variant }) => scenario === run.scenario && variant === run.variant;
}
