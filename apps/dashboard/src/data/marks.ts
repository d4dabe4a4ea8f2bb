import type { TelemetryWarning } from "@tesa/core";
import type { Incoming } from "./incoming.ts";
import type { Reception } from "./reception.ts";

/**
 * What is worth a mark about a message:
 * - `late`: its device time lies well before it came, or before that of an earlier message, or it took well longer than
 *   messages of its device usually do
 * - `clock`: the device's clock cannot be right (in the future, or off by more than a day)
 * - `malformed`: no JSON, or a part that cannot be read as it was meant
 */
export type Mark = "late" | "clock" | "malformed";

/** A message this much older than its arrival is late, in milliseconds. */
const LATE_MS = 30_000;
/** Of a device whose usual delay is known, so much more than that is late. */
const LATE_FOR_KNOWN_MS = 5_000;
/** Time stamps of whole seconds are no sign of disorder. */
const DISORDER_MS = 1_500;
/** What comes after an outage with less of a delay than this was hardly held up by it. */
const HELD_MS = 250;
const FUTURE_MS = 60_000;
const CLOCK_WRONG_MS = 86_400_000;
/** A delay that has stayed within this for so many messages and so long is the usual one of the device: its clock's, mostly. */
const STEADY = { withinMs: 2_000, messages: 3, ms: 5_000 };

/**
 * Tells which marks a message gets, and where it belongs on a time axis, one device at a time: order is judged against its
 * newest time so far, and delay against its usual one, since clocks of devices are slow or fast.
 */
export class Marker {
  /**
   * Where the message that was marked last belongs, in epoch milliseconds: when it was received, or, if it is late, when
   * it would have been. A field, and no result, since there is one for each message.
   */
  placedAt = Number.NaN;
  #newest = Number.NEGATIVE_INFINITY;
  /** When a message with that time was received first. */
  #newestAt = Number.NEGATIVE_INFINITY;
  /** How long messages of this device usually take, by its own clock; `NaN` while that is not known. */
  #usualMs: number;
  readonly #run = { firstMs: Number.NaN, leastMs: 0, since: 0, messages: 0 };

  /** @param usualMs The usual delay, as another marker of the device has found it. */
  constructor(usualMs: number = Number.NaN) {
    this.#usualMs = usualMs;
  }

  get usualMs(): number {
    return this.#usualMs;
  }

  /** @param reception When the page was receiving: what was due before and came then was held up. */
  marksOf(message: Incoming, reception?: Reception): readonly Mark[] {
    const { timestamp, receivedAt, retained } = message;
    this.placedAt = receivedAt;
    const isMalformed = message.format !== "json" || message.warnings.some(isFault);
    if (timestamp === null) return marksFor(isMalformed, null);
    const age = receivedAt - timestamp;
    // A clock that is wrong says nothing about order. What the broker had in store may be as old as it likes.
    if (age > CLOCK_WRONG_MS) return marksFor(isMalformed, retained ? "late" : "clock");
    if (age < -FUTURE_MS) return marksFor(isMalformed, "clock");
    const usualMs = this.#usualMs || 0;
    // `NaN`, and with it never, while the usual delay is not known.
    const delayMs = age - this.#usualMs;
    const wasHeld = delayMs > HELD_MS && reception?.heldUp(receivedAt - delayMs, receivedAt) === true;
    const isLate =
      age > LATE_MS ||
      timestamp < this.#newest - DISORDER_MS ||
      delayMs > LATE_FOR_KNOWN_MS ||
      (wasHeld && delayMs > DISORDER_MS);
    // A clock that stands still, or tells whole minutes only, is no place to go by.
    const stands = timestamp === this.#newest && receivedAt - this.#newestAt > DISORDER_MS;
    if ((wasHeld || (isLate && age - usualMs > DISORDER_MS)) && !stands) this.placedAt = timestamp + usualMs;
    if (timestamp > this.#newest) this.#noteNewest(timestamp, receivedAt);
    if (!retained) this.#learn(age, timestamp, receivedAt);
    return marksFor(isMalformed, isLate ? "late" : null);
  }

  #noteNewest(timestamp: number, receivedAt: number): void {
    this.#newest = timestamp;
    this.#newestAt = receivedAt;
  }

  /** What was held up comes all at once, and its delay shrinks from one to the next: no run of it is a steady one. */
  #learn(age: number, timestamp: number, receivedAt: number): void {
    const run = this.#run;
    if (!(Math.abs(age - run.firstMs) <= STEADY.withinMs)) {
      run.firstMs = age;
      run.leastMs = age;
      run.since = receivedAt;
      run.messages = 1;
      return;
    }
    run.messages += 1;
    if (age < run.leastMs) run.leastMs = age;
    if (run.messages >= STEADY.messages && receivedAt - run.since >= STEADY.ms) {
      this.#usualMs = run.leastMs;
      // The clock was put back, or was ahead for a moment: what comes now is in the order of its own.
      if (timestamp < this.#newest - 2 * STEADY.withinMs) this.#noteNewest(timestamp, receivedAt);
    } else if (age < this.#usualMs) this.#usualMs = age;
  }
}

/** Nothing is wrong with a message whose time was taken as UTC. */
function isFault(warning: TelemetryWarning): boolean {
  return warning !== "timestamp-assumed-utc";
}

const NONE: readonly Mark[] = [];
const MALFORMED: readonly Mark[] = ["malformed"];

/** Most messages have none, and need no list of their own. */
function marksFor(isMalformed: boolean, other: Mark | null): readonly Mark[] {
  if (other === null) return isMalformed ? MALFORMED : NONE;
  return isMalformed ? ["malformed", other] : [other];
}
