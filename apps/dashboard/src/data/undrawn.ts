import type { Reading } from "@tesa/core";
import type { Incoming } from "./incoming.ts";
import { boundedName } from "./names.ts";
import { drawnValue, keptValue } from "./series.ts";

/** A reading that no chart can draw: a text, nothing, a number beyond any axis. It is exported all the same. */
export interface UndrawnReading {
  /** Where it belongs on a time axis, in epoch milliseconds. */
  readonly time: number;
  /** The device's own time, in epoch milliseconds; `null` where it sent none. */
  readonly deviceTime: number | null;
  readonly sensor: string;
  readonly unit: string | null;
  readonly value: Reading["value"];
}

/** Those of a message that belongs at a time. */
export function undrawnOf({ readings, timestamp }: Incoming, time: number): readonly UndrawnReading[] {
  return readings
    .filter(({ value }) => drawnValue(value) === null)
    .map(({ sensor, unit, value }) => ({
      time,
      deviceTime: timestamp,
      sensor: boundedName(sensor),
      unit: unit === null ? null : boundedName(unit),
      value: keptValue(value),
    }));
}
