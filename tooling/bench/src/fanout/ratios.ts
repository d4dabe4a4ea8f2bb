import { type Spread, spread } from "../statistics.ts";
import type { Run, Runtime, Scenario, Variant } from "./plan.ts";
import type { Measurement } from "./protocol.ts";

/** A measurement and the round it belongs to, from 0. */
export interface Sample extends Run {
  readonly round: number;
  readonly measurement: Measurement;
}

/** The relay beside its peers in one scenario on one runtime: medians over the rounds, each compared within its round. */
export interface Comparison {
  /** Times less CPU for a delivery than the loop that encodes and writes for each client. */
  readonly ratio: Spread;
  /** The same against the loop that encodes once. */
  readonly ratioEncodeOnce: Spread;
  /** Milliseconds at the 99th percentile that the relay takes longer than the better of its peers. Below 0: it is faster. */
  readonly p99AddedMs: Spread;
  /** The same at the median. */
  readonly p50AddedMs: Spread;
  /** Events that did not come to one of the relay's clients, over all rounds. */
  readonly missing: number;
}

/** What was measured of one variant, over all rounds. */
export interface Median extends Run {
  readonly cpuUsPerDelivery: Spread;
  readonly p50Ms: Spread;
  readonly p99Ms: Spread;
  readonly missing: number;
  readonly bytesPerDelivery: number;
}

/** Microseconds of the server's CPU for an event that came to a client. */
export function cpuPerDelivery({ cpuUs, deliveries }: Measurement): number {
  return cpuUs / deliveries;
}

/** `null` where the scenario did not run on this runtime. */
export function compare(
  samples: readonly Sample[],
  { runtime, scenario }: { readonly runtime: Runtime; readonly scenario: Scenario },
): Comparison | null {
  const found = samples.filter((sample) => sample.runtime === runtime && sample.scenario === scenario);
  const of = (variant: Variant, round: number) =>
    found.find((sample) => sample.variant === variant && sample.round === round)?.measurement;
  const rounds = found.flatMap(({ variant, round, measurement: relay }) => {
    const [plain, once] = [of("plain", round), of("once", round)];
    return variant === "relay" && plain !== undefined && once !== undefined ? [{ relay, plain, once }] : [];
  });
  if (rounds.length === 0) return null;
  return {
    ratio: spread(rounds.map(({ relay, plain }) => cpuPerDelivery(plain) / cpuPerDelivery(relay))),
    ratioEncodeOnce: spread(rounds.map(({ relay, once }) => cpuPerDelivery(once) / cpuPerDelivery(relay))),
    p99AddedMs: spread(
      rounds.map(({ relay, plain, once }) => relay.p99Ms - Math.min(plain.p99Ms, once.p99Ms)),
    ),
    p50AddedMs: spread(
      rounds.map(({ relay, plain, once }) => relay.p50Ms - Math.min(plain.p50Ms, once.p50Ms)),
    ),
    missing: rounds.reduce((sum, { relay }) => sum + relay.missing, 0),
  };
}

/** One entry for each variant in each scenario on each runtime that ran, in the order in which they ran. */
export function mediansOf(samples: readonly Sample[]): Median[] {
  return samples
    .filter(({ round }) => round === 0)
    .map(({ runtime, scenario, variant }) => {
      const own = samples
        .filter(
          (sample) =>
            sample.runtime === runtime && sample.scenario === scenario && sample.variant === variant,
        )
        .map(({ measurement }) => measurement);
      return {
        runtime,
        scenario,
        variant,
        cpuUsPerDelivery: spread(own.map(cpuPerDelivery)),
        p50Ms: spread(own.map(({ p50Ms }) => p50Ms)),
        p99Ms: spread(own.map(({ p99Ms }) => p99Ms)),
        missing: own.reduce((sum, { missing }) => sum + missing, 0),
        bytesPerDelivery: Math.round(own[0]?.bytesPerDelivery ?? 0),
      };
    });
}
