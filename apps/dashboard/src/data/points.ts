/** How many points all rings of a page may hold together. Past it, a ring that is full drops its oldest instead of growing. */
export class PointBudget {
  #left: number;

  constructor(points: number) {
    this.#left = points;
  }

  take(points: number): boolean {
    if (points > this.#left) return false;
    this.#left -= points;
    return true;
  }

  giveBack(points: number): void {
    this.#left += points;
  }
}

/** Options of {@link PointRing}. */
export interface PointRingOptions {
  readonly budget: PointBudget;
  /** From here on the oldest point goes for each new one. */
  readonly maxPoints: number;
}

const FIRST_CAPACITY = 32;
/** A point that comes late is not put in where more than so many others would have to move for it. */
const MAX_MOVED = 65_536;

/**
 * The points of one series in columns: times in epoch milliseconds, never going back, and values. Two typed arrays in a
 * ring, so that a point costs 16 bytes and no object; they double until `maxPoints` or until the budget is used up. Where
 * the device sends times of its own, they are in a third one, and a point costs 24 bytes.
 */
export class PointRing {
  readonly #budget: PointBudget;
  readonly #maxPoints: number;
  #times = new Float64Array(0);
  #values = new Float64Array(0);
  /** `NaN` where a message had none; there is no such array before the first one. */
  #deviceTimes: Float64Array<ArrayBuffer> | undefined;
  #start = 0;
  #length = 0;

  constructor({ budget, maxPoints }: PointRingOptions) {
    this.#budget = budget;
    this.#maxPoints = maxPoints;
  }

  get length(): number {
    return this.#length;
  }

  /** The time of the point at a place from 0, the oldest; `NaN` where there is none. */
  timeAt(index: number): number {
    return index < 0 || index >= this.#length ? Number.NaN : (this.#times[this.#slot(index)] ?? Number.NaN);
  }

  valueAt(index: number): number {
    return index < 0 || index >= this.#length ? Number.NaN : (this.#values[this.#slot(index)] ?? Number.NaN);
  }

  /** The device's own time of the point at a place, in epoch milliseconds; `null` where it sent none. */
  deviceTimeAt(index: number): number | null {
    if (index < 0 || index >= this.#length) return null;
    const time = this.#deviceTimes?.[this.#slot(index)] ?? Number.NaN;
    return Number.isNaN(time) ? null : time;
  }

  /** Adds a point at the end. A time before the last one counts as the last one: a clock was set back. */
  push(time: number, value: number, deviceTime: number | null = null): void {
    if (this.#length === this.#times.length && !this.#grow(this.#length + 1)) this.#dropOldest();
    const placed = this.#length === 0 ? time : Math.max(time, this.timeAt(this.#length - 1));
    this.#write(this.#slot(this.#length), { time: placed, value, deviceTime });
    this.#length += 1;
  }

  /**
   * Puts a point where its time belongs, behind those of the same time. One that is older than all there is room for is
   * left out, and so is one that lies too deep among others.
   */
  insert(time: number, value: number, deviceTime: number | null = null): void {
    if (!(time < this.timeAt(this.#length - 1))) {
      this.push(time, value, deviceTime);
      return;
    }
    let place = this.firstFrom(time);
    while (this.timeAt(place) === time) place += 1;
    if (Math.min(place, this.#length - place) > MAX_MOVED) return;
    if (this.#length === this.#times.length && !this.#grow(this.#length + 1)) {
      if (place === 0) return;
      this.#dropOldest();
      place -= 1;
    }
    this.#length += 1;
    if (place < this.#length / 2) {
      this.#start = (this.#start - 1 + this.#times.length) % this.#times.length;
      for (let index = 0; index < place; index += 1) this.#copy(index + 1, index);
    } else {
      for (let index = this.#length - 1; index > place; index -= 1) this.#copy(index - 1, index);
    }
    this.#write(this.#slot(place), { time, value, deviceTime });
  }

  /**
   * Puts older points before the present ones, as many of the newest of them as there is room for. What came late may
   * lie among either: all are in the order of time afterwards.
   *
   * @param deviceTimes the device's own times. @default none
   */
  prepend(
    times: readonly number[],
    values: readonly number[],
    deviceTimes: readonly (number | null)[] = [],
  ): void {
    const isInOrder = times.every((time, index) => index === 0 || time >= (times[index - 1] ?? time));
    if (!isInOrder || (times.at(-1) ?? Number.NEGATIVE_INFINITY) > this.timeAt(0)) {
      this.#prependMixed(times, values, deviceTimes);
      return;
    }
    this.#grow(Math.min(this.#length + times.length, this.#maxPoints));
    const room = Math.min(times.length, this.#times.length - this.#length);
    for (let offset = 1; offset <= room; offset += 1) {
      const from = times.length - offset;
      this.#start = (this.#start - 1 + this.#times.length) % this.#times.length;
      this.#write(this.#start, pointAt(from, times, values, deviceTimes));
    }
    this.#length += room;
  }

  /** The place of the first point at `time` or later; `length` where there is none. */
  firstFrom(time: number): number {
    let low = 0;
    let high = this.#length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.timeAt(middle) < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Gives its room back to the budget; it is empty afterwards. */
  release(): void {
    this.#budget.giveBack(this.#times.length);
    this.#times = new Float64Array(0);
    this.#values = new Float64Array(0);
    this.#deviceTimes = undefined;
    this.#start = 0;
    this.#length = 0;
  }

  /** Takes those out that lie among the older ones, and puts all of them back in their order. */
  #prependMixed(
    times: readonly number[],
    values: readonly number[],
    deviceTimes: readonly (number | null)[],
  ): void {
    const newest = times.reduce((latest, time) => Math.max(latest, time), Number.NEGATIVE_INFINITY);
    const points = times.map((_, index) => pointAt(index, times, values, deviceTimes));
    const among = this.firstFrom(newest);
    for (let index = 0; index < among; index += 1) {
      points.push({
        time: this.timeAt(index),
        value: this.valueAt(index),
        deviceTime: this.deviceTimeAt(index),
      });
    }
    if (among > 0) this.#start = this.#slot(among);
    this.#length -= among;
    points.sort((one, other) => one.time - other.time);
    this.prepend(
      points.map(({ time }) => time),
      points.map(({ value }) => value),
      points.map(({ deviceTime }) => deviceTime),
    );
  }

  #write(slot: number, { time, value, deviceTime }: Point): void {
    this.#times[slot] = time;
    this.#values[slot] = value;
    if (deviceTime !== null) this.#deviceTimes ??= new Float64Array(this.#times.length).fill(Number.NaN);
    if (this.#deviceTimes !== undefined) this.#deviceTimes[slot] = deviceTime ?? Number.NaN;
  }

  #copy(from: number, to: number): void {
    const source = this.#slot(from);
    const target = this.#slot(to);
    this.#times[target] = this.#times[source] ?? Number.NaN;
    this.#values[target] = this.#values[source] ?? Number.NaN;
    if (this.#deviceTimes !== undefined) this.#deviceTimes[target] = this.#deviceTimes[source] ?? Number.NaN;
  }

  #slot(index: number): number {
    return (this.#start + index) % this.#times.length;
  }

  #dropOldest(): void {
    if (this.#times.length === 0) this.#allocate(1);
    if (this.#length < this.#times.length) return;
    this.#start = (this.#start + 1) % this.#times.length;
    this.#length -= 1;
  }

  /** Makes room for so many points if that is allowed. */
  #grow(points: number): boolean {
    const now = this.#times.length;
    if (points <= now) return true;
    if (now >= this.#maxPoints) return false;
    const capacity = Math.min(this.#maxPoints, Math.max(points, now * 2, FIRST_CAPACITY));
    if (!this.#budget.take(capacity - now)) return false;
    this.#allocate(capacity);
    return true;
  }

  #allocate(capacity: number): void {
    const times = new Float64Array(capacity);
    const values = new Float64Array(capacity);
    const deviceTimes = this.#deviceTimes && new Float64Array(capacity).fill(Number.NaN);
    for (let index = 0; index < this.#length; index += 1) {
      times[index] = this.timeAt(index);
      values[index] = this.valueAt(index);
      if (deviceTimes !== undefined) deviceTimes[index] = this.deviceTimeAt(index) ?? Number.NaN;
    }
    this.#times = times;
    this.#values = values;
    this.#deviceTimes = deviceTimes;
    this.#start = 0;
  }
}

interface Point {
  readonly time: number;
  readonly value: number;
  readonly deviceTime: number | null;
}

function pointAt(
  index: number,
  times: readonly number[],
  values: readonly number[],
  deviceTimes: readonly (number | null)[],
): Point {
  return {
    time: times[index] ?? Number.NaN,
    value: values[index] ?? Number.NaN,
    deviceTime: deviceTimes[index] ?? null,
  };
}
