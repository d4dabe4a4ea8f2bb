import type { Incoming } from "./incoming.ts";
import { type Mark, Marker } from "./marks.ts";
import { boundedName } from "./names.ts";
import { PointBudget } from "./points.ts";
import { RateMeter } from "./rate-meter.ts";
import { type Outage, Reception } from "./reception.ts";
import { Ring } from "./ring.ts";
import { addInOrder, addReading, createSeries, type Series, seriesKey } from "./series.ts";

/** A device as the fleet view knows it. Times are epoch milliseconds. */
export interface Device {
  /** Its id, bounded; what messages without a device in their topic are filed under is `""`. */
  readonly id: string;
  /** Its id as the topic has it, for the relay; `null` where there is none. */
  readonly sourceId: string | null;
  /**
   * When the newest message that was not only stored at the broker was received; where it is known to have been held up,
   * when it would have been.
   */
  lastSeen: number;
  /** Where its newest message belongs on a time axis. */
  newestAt: number;
  /** The usual time between its messages; `null` until there were two. */
  intervalMs: number | null;
  messages: number;
  readonly marked: Record<Mark, number>;
  /** By name, whatever came first. */
  readonly series: Map<string, Series>;
  /** Changes with each message. */
  version: number;
  readonly marker: Marker;
}

/**
 * A stretch of which messages may be missing. `removed`: the relay no longer has them. `skipped`: the page was away for
 * so long that it did not ask for all of them; the relay has them.
 */
export interface StoredGap {
  readonly kind: "certain" | "possible" | "removed" | "skipped";
  readonly from: number | null;
  readonly to: number | null;
}

/** Where a line is broken: at a gap, or where nothing came while the page was away. */
export interface LineBreak {
  readonly kind: StoredGap["kind"] | "away";
  readonly from: number | null;
  readonly to: number | null;
}

/** Who sees each message after the store has taken it in, with where it belongs on a time axis: the device view. */
export type MessageListener = (message: Incoming, marks: readonly Mark[], at: number) => void;

/** The limits of {@link FleetStore}. */
export interface FleetLimits {
  /** Past it, those that were silent for longest are forgotten. @default 10,000 */
  readonly maxDevices?: number;
  /** Further series of a device are counted, not kept. @default 64 */
  readonly maxSeries?: number;
  /** Points of a series for sparklines and, without a relay, for the device view. @default 2,048 */
  readonly maxPoints?: number;
  /** Points of all series together, 16 bytes each, or 24 with a time of the device. @default 4,000,000 */
  readonly budget?: number;
}

const MAX_GAPS = 200;
/** How much of a new interval goes into the usual one. */
const INTERVAL_WEIGHT = 0.2;
/** What comes so soon after an outage may have been held up, and says nothing about a usual interval. */
const BACKLOG_MS = 5_000;

/**
 * What the page knows of the fleet, outside of React: it takes in messages at any rate, and views read it at their own
 * pace. All that it keeps is bounded.
 */
export class FleetStore {
  readonly devices = new Map<string, Device>();
  readonly gaps = new Ring<StoredGap>(MAX_GAPS);
  readonly rate = new RateMeter();
  readonly reception = new Reception();
  readonly marked: Record<Mark, number> = { late: 0, clock: 0, malformed: 0 };
  /** Messages and readings that the page has received, those from before it was opened included. */
  messages = 0;
  readings = 0;
  /** How many more sensors there were than a device may have here. */
  seriesLeftOut = 0;
  /** Changes when a device comes or goes. */
  fleetVersion = 0;
  readonly #limits: Required<FleetLimits>;
  readonly #budget: PointBudget;
  readonly #listeners = new Map<string, Set<MessageListener>>();
  #breaks: {
    readonly gaps: number;
    readonly outages: readonly Outage[];
    readonly all: readonly LineBreak[];
  } = { gaps: 0, outages: [], all: [] };

  constructor(limits: FleetLimits = {}) {
    this.#limits = {
      maxDevices: limits.maxDevices ?? 10_000,
      maxSeries: limits.maxSeries ?? 64,
      maxPoints: limits.maxPoints ?? 2_048,
      budget: limits.budget ?? 4_000_000,
    };
    this.#budget = new PointBudget(this.#limits.budget);
  }

  /** Takes in a message. */
  ingest(message: Incoming): void {
    this.messages += 1;
    this.readings += message.readings.length;
    const device = this.#deviceOf(message);
    device.version += 1;
    device.messages += 1;
    const marks = device.marker.marksOf(message, this.reception);
    const at = device.marker.placedAt;
    const isLate = at !== message.receivedAt;
    this.rate.add(at, message.receivedAt);
    // What the broker had in store has values worth showing, but does not make a device fresh.
    if (!message.retained) {
      this.#noteInterval(device, at, isLate);
      // Without a usual delay it may as well be the clock that is slow.
      const seenAt = Number.isNaN(device.marker.usualMs) ? message.receivedAt : at;
      // What was not held up is the newest, also where the clock that stamps messages was put back.
      if (!isLate || seenAt > device.lastSeen) device.lastSeen = seenAt;
    }
    for (const mark of marks) {
      device.marked[mark] += 1;
      this.marked[mark] += 1;
    }
    const origin = { isLate, isStored: message.retained, deviceTime: message.timestamp };
    for (const reading of message.readings) {
      const series = this.#seriesOf(device, reading);
      if (series !== undefined) addReading(series, at, reading.value, origin);
    }
    const listeners = this.#listeners.get(device.id);
    if (listeners !== undefined) for (const listener of listeners) listener(message, marks, at);
  }

  /** Where lines are broken; the same array until there is something new. */
  breaks(): readonly LineBreak[] {
    const { gaps, reception } = this;
    const { outages } = reception;
    if (this.#breaks.gaps !== gaps.pushed || this.#breaks.outages !== outages) {
      const away = outages.map((outage): LineBreak => ({ kind: "away", ...outage }));
      this.#breaks = { gaps: gaps.pushed, outages, all: [...gaps.toArray(), ...away] };
    }
    return this.#breaks.all;
  }

  addGap(gap: StoredGap): void {
    for (let index = 0; index < this.gaps.length; index += 1) {
      const known = this.gaps.at(index);
      if (known?.kind === gap.kind && known.from === gap.from && known.to === gap.to) return;
    }
    this.gaps.push(gap);
    const { kind, from, to } = gap;
    // Whoever received for the page may have missed what a device said then.
    if ((kind === "certain" || kind === "possible") && from !== null && to !== null) {
      this.reception.missed(from, to);
    }
  }

  /** Calls back for each message of a device; the returned function ends it. */
  listen(deviceId: string, listener: MessageListener): () => void {
    const listeners = this.#listeners.get(deviceId) ?? new Set();
    this.#listeners.set(deviceId, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(deviceId);
    };
  }

  #deviceOf({ deviceId }: Incoming): Device {
    const id = boundedName(deviceId ?? "");
    const known = this.devices.get(id);
    if (known !== undefined) return known;
    if (this.devices.size >= this.#limits.maxDevices) this.#forgetSilent();
    const device: Device = {
      id,
      sourceId: deviceId,
      lastSeen: Number.NEGATIVE_INFINITY,
      newestAt: Number.NEGATIVE_INFINITY,
      intervalMs: null,
      messages: 0,
      marked: { late: 0, clock: 0, malformed: 0 },
      series: new Map(),
      version: 0,
      marker: new Marker(),
    };
    this.devices.set(id, device);
    this.fleetVersion += 1;
    return device;
  }

  #seriesOf(device: Device, reading: Incoming["readings"][number]): Series | undefined {
    const key = seriesKey(reading);
    const known = device.series.get(key);
    if (known !== undefined) return known;
    if (device.series.size >= this.#limits.maxSeries) {
      this.seriesLeftOut += 1;
      return undefined;
    }
    const series = createSeries(reading, { budget: this.#budget, maxPoints: this.#limits.maxPoints });
    addInOrder(device.series, series);
    return series;
  }

  /** The time from one message to the next, by where they belong; not over an outage, nor in what was held up by one. */
  #noteInterval(device: Device, at: number, isLate: boolean): void {
    const interval = at - device.newestAt;
    if (interval < 0) {
      // Not held up, and before the one before: the clock that stamps messages was put back.
      if (!isLate) device.newestAt = at;
      return;
    }
    const { resumedAt } = this.reception;
    const isReplayed = at < resumedAt && resumedAt < Number.POSITIVE_INFINITY;
    const isUsual = at >= resumedAt + BACKLOG_MS && device.newestAt >= resumedAt;
    // What was held up need not come in order, nor whole.
    const isTelling = isLate ? !(interval > (device.intervalMs ?? interval) * 3) : isReplayed || isUsual;
    device.newestAt = at;
    if (!isTelling || !Number.isFinite(interval)) return;
    device.intervalMs =
      device.intervalMs === null
        ? interval
        : device.intervalMs + (interval - device.intervalMs) * INTERVAL_WEIGHT;
  }

  /** A tenth at once, so that it is not sorted again for each newcomer. */
  #forgetSilent(): void {
    const silent = [...this.devices.values()].sort((one, other) => one.lastSeen - other.lastSeen);
    for (const device of silent.slice(0, Math.ceil(this.#limits.maxDevices / 10))) {
      for (const { points } of device.series.values()) points.release();
      this.devices.delete(device.id);
    }
    this.fleetVersion += 1;
  }
}
