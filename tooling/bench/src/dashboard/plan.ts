/** What is looked at: the dashboard, and a page that does what the platform's current one does. */
export type Candidate = "dashboard" | "peer";

/** Which view of the dashboard is open. */
export type View = "fleet" | "device";

export const CANDIDATES: readonly Candidate[] = ["dashboard", "peer"];
export const VIEWS: readonly View[] = ["fleet", "device"];

/** One measurement. */
export interface Run {
  readonly candidate: Candidate;
  readonly ratePerSecond: number;
}

/** What each device measures. */
export const SENSORS = [
  { sensor: "temperature", unit: "°C", middle: 24, swing: 6 },
  { sensor: "humidity", unit: "%", middle: 55, swing: 20 },
  { sensor: "vibration", unit: "mm/s", middle: 2.8, swing: 2.2 },
] as const;

/**
 * How many readings fill what a page keeps, so that memory is measured of a page that is full: the dashboard has 2,048
 * points of each series (`FleetLimits` in its `fleet-store.ts`), the peer 1,000 messages.
 */
export function fillOf(candidate: Candidate, devices: number): number {
  return candidate === "peer" ? 1_000 : devices * SENSORS.length * 2_048;
}

/** Every run of a round: at each rate the pages that are compared come right after each other. */
export function runsOfRound(rates: readonly number[], candidates: readonly Candidate[]): readonly Run[] {
  return rates.flatMap((ratePerSecond) => candidates.map((candidate) => ({ candidate, ratePerSecond })));
}
