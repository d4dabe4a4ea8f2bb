import type { HistoryQuery } from "../source/source.ts";
import type { Device, FleetStore } from "./fleet-store.ts";
import { type Incoming, withOwnLine } from "./incoming.ts";
import { type Mark, Marker } from "./marks.ts";
import { noteSeen } from "./pace.ts";
import { PointBudget } from "./points.ts";
import {
  addInOrder,
  addReading,
  createSeries,
  drawnValue,
  keptValue,
  type Series,
  seriesKey,
} from "./series.ts";
import { type UndrawnReading, undrawnOf } from "./undrawn.ts";

/** A message of the list. */
export interface LoggedMessage {
  readonly message: Incoming;
  readonly marks: readonly Mark[];
  /** Where it belongs on a time axis: when it was received, or would have been if it had not been held up. */
  readonly at: number;
}

/** How far back history is there. */
export type HistoryState =
  /** None is to be had: in direct mode, of an id that no relay takes, or since the relay gave none. */
  | { readonly type: "none"; readonly reason: "direct" | "unaskable" | "failed" }
  | { readonly type: "loading" }
  /** Everything since `from` is there; `limited`: more was not loaded, since it would be too much. */
  | { readonly type: "loaded"; readonly from: number; readonly limited: boolean };

/** What a device view is made of. */
export interface DeviceDetailOptions {
  readonly deviceId: string;
  readonly store: FleetStore;
  /** `undefined` in direct mode: then what the fleet keeps of the device is what there is of the past. */
  readonly history: ((query: HistoryQuery) => AsyncIterable<readonly Incoming[]>) | undefined;
  /** The time by the clock that stamps messages. */
  readonly now: () => number;
}

/** The longest id that a relay looks for. */
const MAX_ASKED = 256;
const MAX_LOGGED = 5_000;
const MAX_MARKS = 5_000;
const MAX_UNDRAWN = 20_000;
const MAX_SERIES = 64;
const LIMITS = { points: 8_000_000, pointsPerSeries: 500_000, messages: 250_000 };
const FIRST_SLICE_MS = 600_000;
/** Each earlier slice is so many times longer: what is near appears first. */
const SLICE_GROWTH = 4;

/** The drawn points of a series in a page of history. */
interface Columns {
  readonly times: number[];
  readonly values: number[];
  readonly deviceTimes: (number | null)[];
}

/**
 * All there is to see of one device: its series, its messages and their marks, from history and live, without a seam:
 * live messages wait until the newest history is there, and what has come from either is left out of the other by its
 * `seq`.
 */
export class DeviceDetail {
  /** By name, whatever came first. */
  readonly series = new Map<string, Series>();
  /** Oldest first. */
  messages: readonly LoggedMessage[] = [];
  /** How many messages were dropped off the list's beginning, so that a place in it stays the same. */
  dropped = 0;
  marks: readonly { readonly time: number; readonly mark: Mark }[] = [];
  /** The newest of them, in the order in which they came. */
  undrawn: readonly UndrawnReading[] = [];
  history: HistoryState = { type: "loading" };
  /** Changes with everything. */
  version = 0;
  readonly #options: DeviceDetailOptions;
  readonly #budget = new PointBudget(LIMITS.points);
  readonly #closed = new AbortController();
  readonly #stopListening: () => void;
  /** Live messages that wait for history; `null` when it is there. */
  #pending: LoggedMessage[] | null = [];
  #loadedFrom = Number.POSITIVE_INFINITY;
  #loadedMessages = 0;
  /** The newest that came from history. */
  #historySeq = 0;
  /** The oldest that came live: older than the newest page of history where that was empty, so that a later one has it. */
  #liveSeq = Number.POSITIVE_INFINITY;
  #loading: Promise<void> = Promise.resolve();

  constructor(options: DeviceDetailOptions) {
    this.#options = options;
    this.#stopListening = options.store.listen(options.deviceId, (message, marks, at) => {
      // History may have it: the relay replays what came shortly before the page was opened.
      if (message.seq <= this.#historySeq) return;
      const logged = { message: withOwnLine(message), marks, at };
      if (this.#pending === null) this.#append(logged);
      else this.#pending.push(logged);
    });
    if (options.history === undefined) this.#beginWithoutHistory("direct");
    else if (this.#historyId === null) this.#beginWithoutHistory("unaskable");
  }

  get device(): Device | undefined {
    return this.#options.store.devices.get(this.#options.deviceId);
  }

  /** The id by which the relay is asked for history; `null` where it takes none such. */
  get #historyId(): string | null {
    const { device } = this;
    const id = device === undefined ? this.#options.deviceId : device.sourceId;
    return id === null || id === "" || id.length > MAX_ASKED ? null : id;
  }

  /** Loads history back to a time, if it is not there; one load after the other. */
  loadBackTo(from: number): Promise<void> {
    this.#loading = this.#loading.then(() => this.#loadIfMissing(from));
    return this.#loading;
  }

  close(): void {
    this.#closed.abort();
    this.#stopListening();
  }

  get #isFull(): boolean {
    return this.#loadedMessages >= LIMITS.messages;
  }

  async #loadIfMissing(from: number): Promise<void> {
    const isOver = this.#closed.signal.aborted || this.history.type === "none" || this.#isFull;
    if (isOver || from >= this.#loadedFrom) return;
    await this.#load(from).catch(() => this.#onFailure());
  }

  async #load(from: number): Promise<void> {
    const { now } = this.#options;
    if (this.#loadedFrom === Number.POSITIVE_INFINITY) {
      const first = Math.max(from, now() - FIRST_SLICE_MS);
      // Nothing is stamped an hour from now: the newest page ends where live begins.
      this.#prepend(await this.#read(first, now() + 3_600_000));
      this.#startLive();
      this.#noteLoaded(first, from);
    }
    let length = FIRST_SLICE_MS;
    while (this.#loadedFrom > from && !this.#isFull) {
      length *= SLICE_GROWTH;
      const start = Math.max(from, this.#loadedFrom - length);
      this.#prepend(await this.#read(start, this.#loadedFrom));
      this.#noteLoaded(start, from);
    }
  }

  async #read(from: number, to: number): Promise<readonly LoggedMessage[]> {
    const { history, store } = this.#options;
    const device = this.#historyId ?? "";
    const marker = new Marker(this.device?.marker.usualMs);
    const read: LoggedMessage[] = [];
    for await (const page of history?.({ device, from, to, signal: this.#closed.signal }) ?? []) {
      for (const message of page) {
        const marks = marker.marksOf(message, store.reception);
        read.push({ message, marks, at: marker.placedAt });
      }
      if (read.length >= LIMITS.messages) break;
    }
    this.#loadedMessages += read.length;
    return read;
  }

  #noteLoaded(from: number, wanted: number): void {
    this.#loadedFrom = from;
    this.history = { type: "loaded", from, limited: this.#isFull && from > wanted };
    this.version += 1;
  }

  #onFailure(): void {
    if (this.#closed.signal.aborted) return;
    if (this.#pending !== null) this.#beginWithoutHistory("failed");
    else this.history = { type: "loaded", from: this.#loadedFrom, limited: true };
    this.version += 1;
  }

  /** With the points that the fleet view keeps. */
  #beginWithoutHistory(reason: "direct" | "unaskable" | "failed"): void {
    for (const known of this.device?.series.values() ?? []) {
      const series = this.#newSeries(known);
      for (let index = 0; index < known.points.length; index += 1) {
        const { points } = known;
        series.points.push(points.timeAt(index), points.valueAt(index), points.deviceTimeAt(index));
      }
      const { latest, latestAt, isSwitch, seen } = known;
      Object.assign(series, { latest, latestAt, isSwitch, seen: [...seen] });
    }
    this.history = { type: "none", reason };
    // Their points are among those.
    for (const logged of this.#pending ?? []) this.#list(logged);
    this.#pending = null;
    this.version += 1;
  }

  #startLive(): void {
    const pending = this.#pending ?? [];
    this.#pending = null;
    for (const logged of pending) if (logged.message.seq > this.#historySeq) this.#append(logged);
  }

  #append(logged: LoggedMessage): void {
    const { message, at } = logged;
    const { receivedAt, retained, timestamp } = message;
    const origin = { isLate: at !== receivedAt, isStored: retained, deviceTime: timestamp };
    for (const reading of message.readings) {
      const series = this.#seriesOf(reading);
      if (series !== undefined) addReading(series, at, reading.value, origin);
    }
    this.#list(logged);
    this.version += 1;
  }

  /** All of a message but its points. */
  #list(logged: LoggedMessage): void {
    const { message, marks, at } = logged;
    this.#liveSeq = Math.min(this.#liveSeq, message.seq);
    (this.undrawn as UndrawnReading[]).push(...undrawnOf(message, at));
    if (this.undrawn.length > MAX_UNDRAWN * 1.2) this.undrawn = this.undrawn.slice(-MAX_UNDRAWN);
    // Views hold the array only while they draw.
    (this.messages as LoggedMessage[]).push(logged);
    if (this.messages.length > MAX_LOGGED * 1.2) {
      this.dropped += this.messages.length - MAX_LOGGED;
      this.messages = this.messages.slice(-MAX_LOGGED);
    }
    for (const mark of marks) (this.marks as { time: number; mark: Mark }[]).push({ time: at, mark });
    if (this.marks.length > MAX_MARKS * 1.2) this.marks = this.marks.slice(-MAX_MARKS);
  }

  #prepend(read: readonly LoggedMessage[]): void {
    const page = read.filter(({ message }) => message.seq < this.#liveSeq);
    this.#historySeq = Math.max(this.#historySeq, page.at(-1)?.message.seq ?? 0);
    const columns = new Map<Series, Columns>();
    for (const { message, at } of page) {
      for (const reading of message.readings) {
        const series = this.#seriesOf(reading);
        const value = drawnValue(reading.value);
        if (series === undefined) continue;
        if (at >= series.latestAt) {
          series.latest = keptValue(reading.value);
          series.latestAt = at;
        }
        if (!message.retained) noteSeen(series.seen, at, true);
        if (value === null) continue;
        if (typeof reading.value !== "boolean") series.isSwitch = false;
        const column = columns.get(series) ?? { times: [], values: [], deviceTimes: [] };
        columns.set(series, column);
        column.times.push(at);
        column.values.push(value);
        column.deviceTimes.push(message.timestamp);
      }
    }
    for (const [{ points }, { times, values, deviceTimes }] of columns) {
      points.prepend(times, values, deviceTimes);
    }
    this.undrawn = [...page.flatMap(({ message, at }) => undrawnOf(message, at)), ...this.undrawn].slice(
      -MAX_UNDRAWN,
    );
    const room = Math.max(0, MAX_LOGGED - this.messages.length);
    if (room > 0) {
      const kept = page.slice(-room).map((logged) => ({ ...logged, message: withOwnLine(logged.message) }));
      // What came after the clock was put back may be in the page of an earlier time.
      this.messages = [...kept, ...this.messages].sort((one, other) => one.message.seq - other.message.seq);
    }
    const marks = page.flatMap(({ marks, at }) => marks.map((mark) => ({ time: at, mark })));
    this.marks = [...marks, ...this.marks].slice(-MAX_MARKS);
  }

  #seriesOf(reading: Incoming["readings"][number]): Series | undefined {
    const known = this.series.get(seriesKey(reading));
    if (known !== undefined || this.series.size >= MAX_SERIES) return known;
    return this.#newSeries(reading);
  }

  #newSeries({ sensor, unit }: Pick<Series, "sensor" | "unit">): Series {
    const series = createSeries(
      { sensor, unit, value: null },
      {
        budget: this.#budget,
        maxPoints: LIMITS.pointsPerSeries,
      },
    );
    addInOrder(this.series, series);
    return series;
  }
}
