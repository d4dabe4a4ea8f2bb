import { createRandom, createWave, type Random } from "./simulator-random.ts";

/** What a device is; each kind sends another of the shapes that are seen on the platform. */
export type DeviceKind = (typeof DEVICE_KINDS)[number];

/** Every kind, in the order in which a fleet takes them. */
export const DEVICE_KINDS = [
  /** Flat payload with several readings, no sensor in the topic. */
  "climate",
  /** One reading a message with unit and metadata, one sensor level in the topic. */
  "power-meter",
  /** One reading a message, several sensor levels in the topic: `motor/2/rpm`. */
  "motor",
  /** A boolean; time stamp in epoch milliseconds. */
  "door",
  /** Flat payload; ISO time stamp without an offset. */
  "tank",
  /** Flat payload; time stamp in epoch seconds. */
  "weather",
  /** A bare number, without any time stamp. */
  "flow",
] as const;

/** A message as a device publishes it. */
export interface SimulatedMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
}

/** Gives a device's next message. Only the time stamp in it depends on `nowMs` (epoch milliseconds). */
export type MessageSource = (nowMs: number) => SimulatedMessage;

interface Body {
  /** The sensor levels of the topic; none where empty. */
  readonly sensor: string;
  readonly json: unknown;
}
type BodySource = (nowMs: number) => Body;

/**
 * Starts a device. The same seed, device id and kind give the same sequence of topics and payloads, time stamps aside,
 * whatever the other devices do.
 */
export function createMessageSource(options: {
  readonly seed: number;
  readonly deviceId: string;
  readonly kind: DeviceKind;
}): MessageSource {
  const { seed, deviceId, kind } = options;
  const next = SOURCES[kind](deviceId, createRandom(seed, deviceId));
  const encoder = new TextEncoder();
  return (nowMs) => {
    const { sensor, json } = next(nowMs);
    const suffix = sensor === "" ? "" : `/${sensor}`;
    return {
      topic: `device/${deviceId}/telemetry${suffix}`,
      payload: encoder.encode(JSON.stringify(json)),
    };
  };
}

const SOURCES: Readonly<Record<DeviceKind, (deviceId: string, random: Random) => BodySource>> = {
  climate: (_deviceId, random) => {
    const temperature = createWave({ centre: 24, swing: 4, period: 600, step: 0.1, decimals: 1 }, random);
    const humidity = createWave({ centre: 55, swing: 12, period: 800, step: 0.4, decimals: 1 }, random);
    const pressure = createWave({ centre: 1010, swing: 6, period: 3000, step: 0.1, decimals: 2 }, random);
    const battery = createWave({ centre: 75, swing: 20, period: 20_000, step: 0, decimals: 0 }, random);
    return (nowMs) => ({
      sensor: "",
      json: {
        timestamp: isoTime(nowMs),
        temperature: temperature(),
        humidity: humidity(),
        pressure: pressure(),
        battery: battery(),
      },
    });
  },
  "power-meter": (deviceId, random) => {
    const wave = createWave({ centre: 1800, swing: 700, period: 400, step: 25, decimals: 0 }, random);
    const voltage = createWave({ centre: 230, swing: 3, period: 500, step: 0.3, decimals: 1 }, random);
    let energy = 1000 + Math.floor(random() * 9000);
    const metadata = { location: "Factory-A", quality: 0.98 };
    const readings = [
      () => ({ sensor: "power", value: wave(), unit: "W" }),
      () => ({ sensor: "voltage", value: voltage(), unit: "V" }),
      () => {
        energy += random() / 50;
        return { sensor: "energy", value: Number(energy.toFixed(3)), unit: "kWh" };
      },
    ];
    return inTurn(readings, (reading, nowMs) => ({
      sensor: reading.sensor,
      json: { timestamp: isoTime(nowMs), device_id: deviceId, ...reading, metadata },
    }));
  },
  motor: (deviceId, random) => {
    const rpm = () => createWave({ centre: 1480, swing: 15, period: 300, step: 2, decimals: 0 }, random);
    const [first, second] = [rpm(), rpm()];
    const heat = createWave({ centre: 62, swing: 6, period: 900, step: 0.2, decimals: 1 }, random);
    const readings = [
      () => ({ sensor: "motor/1/rpm", value: first(), unit: "1/min" }),
      () => ({ sensor: "motor/2/rpm", value: second(), unit: "1/min" }),
      () => ({ sensor: "motor/2/temperature", value: heat(), unit: "°C" }),
    ];
    return inTurn(readings, (reading, nowMs) => ({
      sensor: reading.sensor,
      json: { timestamp: isoTime(nowMs), device_id: deviceId, ...reading },
    }));
  },
  door: (deviceId, random) => {
    let open = random() < 0.5;
    return (nowMs) => {
      if (random() < 0.2) open = !open;
      const json = { timestamp: nowMs, device_id: deviceId, sensor: "open", value: open };
      return { sensor: "open", json };
    };
  },
  tank: (_deviceId, random) => {
    const level = createWave({ centre: 60, swing: 30, period: 1200, step: 0.2, decimals: 1 }, random);
    const temperature = createWave({ centre: 18, swing: 2, period: 2000, step: 0.05, decimals: 1 }, random);
    return (nowMs) => ({
      sensor: "",
      json: {
        timestamp: isoTime(nowMs).replace("Z", ""),
        level: level(),
        temperature: temperature(),
      },
    });
  },
  weather: (_deviceId, random) => {
    const wind = createWave({ centre: 5, swing: 3, period: 200, step: 0.2, decimals: 1 }, random);
    const rain = createWave({ centre: 0.5, swing: 0.4, period: 700, step: 0.02, decimals: 2 }, random);
    return (nowMs) => ({
      sensor: "",
      json: { timestamp: Math.floor(nowMs / 1000), wind_speed: wind(), rain: rain() },
    });
  },
  flow: (_deviceId, random) => {
    const flow = createWave({ centre: 12, swing: 4, period: 250, step: 0.3, decimals: 2 }, random);
    return () => ({ sensor: "flow", json: flow() });
  },
};

/** One reading a message: takes the next of `readings` each time, from the first again after the last. */
function inTurn<T>(readings: readonly (() => T)[], body: (reading: T, nowMs: number) => Body): BodySource {
  let turn = -1;
  return (nowMs) => {
    turn = (turn + 1) % readings.length;
    const read = readings[turn];
    if (read === undefined) throw new RangeError("a device needs at least one reading");
    return body(read(), nowMs);
  };
}

function isoTime(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
