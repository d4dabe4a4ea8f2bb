import { Buffer } from "node:buffer";
import { decode, toNdjson } from "@tesa/core";
import { SENSORS } from "./plan.ts";

/** Each series goes through so many values, or more. */
const VALUES = 16;
/** As many events at least: those that are on their way have to have left before their turn comes again. */
const MIN_EVENTS = 8_192;
/** Ten digits whichever event it is, so that they can be replaced in place. */
const FIRST_SEQ = 1_000_000_000;
export const EPOCH = "bench";

/** Stand for what is not known yet; they occur nowhere else in an event. */
const STAND_INS = {
  seq: 7_070_707_070,
  receivedAt: 1_717_171_717_171,
  timestamp: 1_616_161_616_161,
} as const;

/** The time that a device stamps its message with lies this long before it is received, in milliseconds. */
const ON_THE_WAY_MS = 40;

interface Place {
  readonly offset: number;
  readonly kind: "seq" | "receivedAt" | "timestamp" | "iso";
}

/**
 * Server-sent events as the relay writes them, one reading in each, encoded beforehand: only numbers and times are put
 * into the bytes as they are sent. The devices take turns.
 */
export class EncodedEvents {
  /** How many there are; the events go round. */
  readonly length: number;
  readonly #bytes: Buffer;
  /** Where each begins, and behind them the end of the last. */
  readonly #starts: readonly number[];
  readonly #places: readonly (readonly Place[])[];
  #next = 0;

  constructor(devices: number) {
    const series = devices * SENSORS.length;
    const values = Math.max(VALUES, Math.ceil(MIN_EVENTS / series));
    this.length = series * values;
    const starts = [0];
    const places: Place[][] = [];
    const encoded = Array.from({ length: this.length }, (_, index) => {
      const bytes = Buffer.from(eventText(index, { devices, values }));
      const offset = starts[index] ?? 0;
      places.push(placesIn(bytes).map((place) => ({ ...place, offset: offset + place.offset })));
      starts.push(offset + bytes.length);
      return bytes;
    });
    this.#bytes = Buffer.concat(encoded);
    this.#starts = starts;
    this.#places = places;
  }

  /** The id of the newest event that was taken, for who begins behind it. */
  get lastId(): string {
    return `${EPOCH}:${FIRST_SEQ + this.#next - 1}`;
  }

  /**
   * The next events, at most so many, received at `receivedAt` (epoch milliseconds). The bytes change when the events
   * have gone round.
   */
  take(most: number, receivedAt: number): { readonly bytes: Uint8Array; readonly count: number } {
    const first = this.#next % this.length;
    const count = Math.min(most, this.length - first);
    const timestamp = receivedAt - ON_THE_WAY_MS;
    const words = {
      receivedAt: String(receivedAt),
      timestamp: String(timestamp),
      iso: new Date(timestamp).toISOString(),
    };
    for (let index = first; index < first + count; index += 1) {
      const seq = String(FIRST_SEQ + this.#next);
      this.#next += 1;
      for (const { offset, kind } of this.#places[index] ?? []) {
        this.#bytes.write(kind === "seq" ? seq : words[kind], offset, "latin1");
      }
    }
    return { bytes: this.#bytes.subarray(this.#starts[first], this.#starts[first + count]), count };
  }
}

/** The id of a device, by its number from 0. */
export function deviceIdOf(device: number): string {
  return `line-${1 + (device % 8)}-machine-${String(device + 1).padStart(3, "0")}`;
}

/** The event at a place in the round, in the platform's own shape of one reading with metadata. */
function eventText(
  index: number,
  { devices, values }: { readonly devices: number; readonly values: number },
): string {
  const device = index % devices;
  const kind = SENSORS[Math.floor(index / devices) % SENSORS.length] ?? SENSORS[0];
  const turn = Math.floor(index / devices / SENSORS.length);
  const deviceId = deviceIdOf(device);
  const { sensor, unit, middle, swing } = kind;
  const value = middle + swing * Math.sin((2 * Math.PI * (turn + device)) / values);
  const payload = JSON.stringify({
    timestamp: new Date(STAND_INS.timestamp).toISOString(),
    device_id: deviceId,
    sensor,
    value: Math.round(value * 100) / 100,
    unit,
    metadata: { location: "Factory-A/Hall-2", quality: 0.98 },
  });
  const message = decode({
    topic: `device/${deviceId}/telemetry/${sensor}`,
    payload: new TextEncoder().encode(payload),
    qos: 1,
    retained: false,
    receivedAt: STAND_INS.receivedAt,
  });
  return `id: ${EPOCH}:${STAND_INS.seq}\ndata: ${toNdjson({ ...message, seq: STAND_INS.seq })}\n\n`;
}

function placesIn(bytes: Buffer): Place[] {
  const texts = {
    seq: String(STAND_INS.seq),
    receivedAt: String(STAND_INS.receivedAt),
    timestamp: String(STAND_INS.timestamp),
    iso: new Date(STAND_INS.timestamp).toISOString(),
  } as const;
  return (Object.keys(texts) as Place["kind"][]).flatMap((kind) => {
    const found: Place[] = [];
    for (let at = bytes.indexOf(texts[kind]); at !== -1; at = bytes.indexOf(texts[kind], at + 1)) {
      found.push({ offset: at, kind });
    }
    return found;
  });
}
