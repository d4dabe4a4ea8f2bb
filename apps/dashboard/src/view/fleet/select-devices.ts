import type { Device, FleetStore } from "../../data/fleet-store.ts";
import type { Freshness } from "../../data/freshness.ts";

export const SORTS = ["name", "fresh", "rate", "state"] as const;
export type SortBy = (typeof SORTS)[number];

/** What of the fleet is shown, and in which order. */
export interface FleetQuery {
  readonly search: string;
  /** `""` is every sensor. */
  readonly sensor: string;
  readonly state: Freshness | "all";
  readonly sortBy: SortBy;
}

/** How many devices there are of each state. */
export type Counts = Readonly<Record<Freshness | "all", number>>;

/** The choice, and how many there are. */
export interface Selection {
  readonly devices: readonly Device[];
  /** Of those that match otherwise. */
  readonly counts: Counts;
  /** Of the whole fleet, whatever is searched for. */
  readonly fleet: Counts;
}

/** The place of each device in the order of their names. */
export type NameOrder = ReadonlyMap<Device, number>;

/** Compares the names of all devices, which takes tens of milliseconds for thousands: once for each change of the fleet. */
export function orderByName(store: FleetStore): NameOrder {
  const sorted = [...store.devices.values()].sort((one, other) => COLLATOR.compare(one.id, other.id));
  return new Map(sorted.map((device, place) => [device, place]));
}

/** How fresh each device is just now. */
export type Judge = (device: Device) => Freshness;

export function selectDevices(
  store: FleetStore,
  query: FleetQuery,
  judge: Judge,
  names: NameOrder = orderByName(store),
): Selection {
  const words = query.search.toLowerCase().split(/\s+/).filter(Boolean);
  const counts = { all: 0, live: 0, quiet: 0, silent: 0, unknown: 0 };
  const fleet = { ...counts };
  const judged = new Map<Device, Freshness>();
  for (const device of store.devices.values()) {
    const freshness = judge(device);
    fleet.all += 1;
    fleet[freshness] += 1;
    if (!matches(device, words, query.sensor)) continue;
    counts.all += 1;
    counts[freshness] += 1;
    if (query.state === "all" || query.state === freshness) judged.set(device, freshness);
  }
  const devices = [...judged.keys()];
  const byName: Order = (one, other) => (names.get(one) ?? 0) - (names.get(other) ?? 0);
  // Each is judged once: a comparison that did it anew would do so dozens of times for each of thousands.
  const order = ORDERS[query.sortBy]((device) => judged.get(device) ?? "unknown");
  devices.sort((one, other) => order(one, other) || byName(one, other));
  return { devices, counts, fleet };
}

function matches(device: Device, words: readonly string[], sensor: string): boolean {
  if (sensor !== "" && !hasSensor(device, sensor)) return false;
  return words.every(
    (word) =>
      device.id.toLowerCase().includes(word) ||
      [...device.series.values()].some((series) => series.sensor.toLowerCase().includes(word)),
  );
}

function hasSensor(device: Device, sensor: string): boolean {
  return [...device.series.values()].some((series) => series.sensor === sensor);
}

type Order = (one: Device, other: Device) => number;

/** `climate-2` before `climate-10`. */
const COLLATOR = new Intl.Collator("en", { numeric: true });

/** Where they leave two devices equal, the name decides. */
const ORDERS: Readonly<Record<SortBy, (judge: Judge) => Order>> = {
  name: () => () => 0,
  // To the second: devices that send all the time do not change places at each message.
  fresh: () => (one, other) => Math.floor(other.lastSeen / 1_000) - Math.floor(one.lastSeen / 1_000),
  rate: () => (one, other) => other.messages - one.messages,
  state: (judge) => (one, other) => trouble(other, judge) - trouble(one, judge),
};

const STALENESS: Readonly<Record<Freshness, number>> = { live: 0, unknown: 0, quiet: 1, silent: 2 };

function trouble(device: Device, judge: Judge): number {
  const { malformed, clock, late } = device.marked;
  return STALENESS[judge(device)] * 2 + (malformed + clock + late > 0 ? 1 : 0);
}

/** The names of all sensors, in order; the most common first where there are too many for a list. */
export function sensorNames(store: FleetStore, max = 200): readonly string[] {
  const counts = new Map<string, number>();
  for (const device of store.devices.values()) {
    for (const { sensor } of device.series.values()) counts.set(sensor, (counts.get(sensor) ?? 0) + 1);
  }
  return [...counts]
    .sort(([, one], [, other]) => other - one)
    .slice(0, max)
    .map(([name]) => name)
    .sort(COLLATOR.compare);
}
