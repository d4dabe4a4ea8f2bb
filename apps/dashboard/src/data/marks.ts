import type { Incoming } from "./incoming.ts";

/**
 * What is worth a mark about a message:
 * - `late`: its device time lies well before it came, or before that of an earlier message
 * - `clock`: the device's clock cannot be right (in the future, or off by more than a day)
 * - `malformed`: no JSON, or a part that cannot be read as it was meant
 */
export type Mark = "late" | "clock" | "malformed";

/** A message this much older than its arrival is late, in milliseconds. */
const LATE_MS = 30_000;
/** Time stamps of whole seconds are no sign of disorder. */
const DISORDER_MS = 1_500;
const FUTURE_MS = 60_000;
const CLOCK_WRONG_MS = 86_400_000;

/** Tells which marks a message gets, one device at a time: order is judged against its newest time so far. */
export class Marker {
  #newest = Number.NEGATIVE_INFINITY;

  marksOf({ timestamp, receivedAt, format, warnings }: Incoming): readonly Mark[] {
    const marks: Mark[] = [];
    if (format !== "json" || warnings.some((warning) => warning !== "timestamp-assumed-utc")) {
      marks.push("malformed");
    }
    if (timestamp === null) return marks;
    const age = receivedAt - timestamp;
    // A clock that is wrong says nothing about order.
    if (age > CLOCK_WRONG_MS || age < -FUTURE_MS) return [...marks, "clock"];
    if (age > LATE_MS || timestamp < this.#newest - DISORDER_MS) marks.push("late");
    if (timestamp > this.#newest) this.#newest = timestamp;
    return marks;
  }
}
