import type { FeedPlan, Pace } from "./protocol.ts";

/** Who receives. `stock` is the peer of the first two, the durable ones are those of `sqlite`. */
export type Variant = "stock" | "memory" | "sqlite" | "durablePeer" | "durablePeerSync";

/** What is sent how. EMQX has 32 messages in flight, and 1,000 is what `TESA_RECEIVE_MAXIMUM` allows by default. */
export type Scenario = "full1000" | "full32" | "steady5000" | "scattered5000" | "steady1000";

/** One measurement: who receives what. */
export interface Run {
  readonly scenario: Scenario;
  readonly variant: Variant;
}

/** How much is sent. */
export interface Amounts {
  /** Messages measured at full speed. */
  readonly messages: number;
  /** Messages before that, for the compilers. */
  readonly warmUp: number;
  /** How long a steady rate is measured, in seconds. */
  readonly steadySeconds: number;
  /** Messages measured of a durable peer, which waits for the disk at each of them. */
  readonly durableMessages: number;
}

export const SCENARIOS: Readonly<
  Record<Scenario, { readonly window: number; readonly pace: Pace | null; readonly title: string }>
> = {
  full1000: { window: 1_000, pace: null, title: "full speed, window 1,000" },
  full32: { window: 32, pace: null, title: "full speed, window 32" },
  steady5000: {
    window: 32,
    pace: { ratePerSecond: 5_000, arrival: "ticks" },
    title: "5,000 per second, 5 each ms",
  },
  scattered5000: {
    window: 32,
    pace: { ratePerSecond: 5_000, arrival: "scattered" },
    title: "5,000 per second, scattered",
  },
  steady1000: {
    window: 32,
    pace: { ratePerSecond: 1_000, arrival: "ticks" },
    title: "1,000 per second, 1 each ms",
  },
};

/**
 * The most between the end of the warm-up and the measurement at a steady rate, in seconds. The burst shall be over, and
 * the compilers done with what a steady rate does otherwise than a burst: what runs once in a wake-up gets to them late. After
 * half a second their threads took a sixth of the CPU time of a receiver, after three still a tenth.
 */
const MAX_SETTLING_SECONDS = 8;

/** In the order in which they are run. */
export const ALL_SCENARIOS: readonly Scenario[] = Object.keys(SCENARIOS) as Scenario[];

/** The runs of one round. Those that are compared stand side by side, so that they see the same machine. */
export function runsOfRound(
  variants: readonly Variant[],
  scenarios: readonly Scenario[] = ALL_SCENARIOS,
): Run[] {
  return scenarios.flatMap((scenario) =>
    variants
      .filter((variant) => !isDurablePeer(variant) || scenario === "full32")
      .map((variant) => ({ scenario, variant })),
  );
}

/** What the source is told for a run, and from which message on the receiver measures. */
export function feedPlan(
  { scenario, variant }: Run,
  amounts: Amounts,
): { readonly plan: FeedPlan; readonly from: number } {
  const { window, pace } = SCENARIOS[scenario];
  if (isDurablePeer(variant)) {
    // Long enough for its code to be compiled and its WAL to have its size: its first thousand messages take half as long again.
    const warmUp = Math.ceil(amounts.durableMessages / 2);
    return { plan: { window, pace, warmUp, total: warmUp + amounts.durableMessages }, from: warmUp };
  }
  const { warmUp } = amounts;
  if (pace === null) {
    return { plan: { window, pace, warmUp, total: warmUp + amounts.messages }, from: warmUp };
  }
  const settlingSeconds = Math.min(MAX_SETTLING_SECONDS, 2 * amounts.steadySeconds);
  const from = warmUp + Math.ceil(pace.ratePerSecond * settlingSeconds);
  const total = from + Math.ceil(pace.ratePerSecond * amounts.steadySeconds);
  return { plan: { window, pace, warmUp, total }, from };
}

function isDurablePeer(variant: Variant): boolean {
  return variant === "durablePeer" || variant === "durablePeerSync";
}
