import { readFileSync } from "node:fs";
import { setTimeout as delay, setImmediate as nextTurn } from "node:timers/promises";
import { type DeviceLink, openDeviceLink } from "./simulator-device.ts";
import type { SimulatedDevice } from "./simulator-fleet.ts";
import { MALFORMATIONS, spoil } from "./simulator-malformed.ts";
import { createMessageSource, type MessageSource, type SimulatedMessage } from "./simulator-payloads.ts";
import { createSchedule } from "./simulator-schedule.ts";

/** Messages per second, over all devices: what {@link startSimulator} accepts. */
export const SIMULATOR_RATES = { min: 0.1, max: 5_000 } as const;

/** Settings of {@link startSimulator}. */
export interface SimulatorOptions {
  /** `mqtts://host:port` */
  readonly url: string;
  /** PEM file of the CA that signed the broker's certificate. */
  readonly caCertPath: string;
  /** They publish in turns, in this order. */
  readonly devices: readonly SimulatedDevice[];
  /** Messages per second over all devices, from 0.1 to 5,000. */
  readonly rate: number;
  /** The same seed and devices give the same topics and payloads in the same order, time stamps aside. */
  readonly seed: number;
  /** Every n-th message is malformed on purpose. @default none is */
  readonly badEvery?: number;
  /** Stops by itself after so many messages. @default goes on until stopped */
  readonly count?: number;
  /** Called for each message that the broker has acknowledged. Must not throw. */
  readonly onPublish?: (message: PublishedMessage) => void;
  /** Stops it, as `stop()` does. */
  readonly signal?: AbortSignal;
}

/** A message that the broker has acknowledged. */
export interface PublishedMessage extends SimulatedMessage {
  /** Its place in the sequence of all devices, from 1. Acknowledgements of several devices may overtake each other. */
  readonly sequence: number;
  readonly deviceId: string;
  readonly malformed: boolean;
}

/** A running simulator. */
export interface Simulator extends AsyncDisposable {
  /** Messages that the broker has acknowledged. */
  readonly published: number;
  /** Messages that were given up: refused by the broker, dropped while it was away for long, or unacknowledged at the end. */
  readonly failed: number;
  /** Fulfils, and never rejects, when it has ended: every message is accounted for and every device disconnected. */
  readonly done: Promise<void>;
  /** Ends it: waits a moment for outstanding acknowledgements, and disconnects. Can be called twice. */
  stop(): Promise<void>;
}

/** How many TLS handshakes are under way at once. */
const CONNECTS_AT_ONCE = 8;
/** How long the end waits for outstanding acknowledgements: by itself, after `count` messages, and when it is stopped. */
const FLUSH_MS = 15_000;
const GRACE_MS = 2_000;

/**
 * Connects the devices and publishes their telemetry, each over its own connection, at QoS 1.
 * @throws RangeError for a wrong option; Error when a device cannot connect at the beginning. Later, devices reconnect.
 * @example
 * await using simulator = await startSimulator({
 *   url: platform.urls.mqtts, caCertPath: platform.caCertPath, devices, rate: 20, seed: 1,
 * });
 */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  checkOptions(options);
  const ca = readFileSync(options.caCertPath, "utf8");
  const stopping = new AbortController();
  const onAbort = () => stopping.abort(options.signal?.reason);
  if (options.signal?.aborted) onAbort();
  options.signal?.addEventListener("abort", onAbort, { once: true });
  const release = () => options.signal?.removeEventListener("abort", onAbort);

  const players = await connectAll(options, ca, stopping.signal).catch((error: unknown) => {
    release();
    throw error;
  });
  const closeAll = () => Promise.all(players.map(({ link }) => link.close(GRACE_MS)));
  // From the abort on no link makes `play` wait.
  stopping.signal.addEventListener("abort", closeAll, { once: true });
  if (stopping.signal.aborted) void closeAll();
  const counts = { published: 0, failed: 0 };
  const finish = async () => {
    await play(options, players, counts, stopping.signal);
    const flushed = Promise.all(players.map(({ link }) => link.flushed()));
    await Promise.race([flushed, delay(FLUSH_MS, undefined, { ref: false })]);
    await closeAll();
    release();
  };
  const done = finish();
  const stop = () => {
    stopping.abort();
    return done;
  };
  return {
    get published() {
      return counts.published;
    },
    get failed() {
      return counts.failed;
    },
    done,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

interface Player {
  readonly deviceId: string;
  readonly source: MessageSource;
  readonly link: DeviceLink;
}

/** Connects a few devices at a time; where one fails, those that are connected are disconnected again. */
async function connectAll(options: SimulatorOptions, ca: string, signal: AbortSignal): Promise<Player[]> {
  const { url, devices, seed } = options;
  const players: Player[] = [];
  let next = 0;
  let failure: unknown;
  const worker = async () => {
    while (failure === undefined && next < devices.length) {
      const index = next++;
      const device = devices[index];
      if (device === undefined) return;
      const { deviceId, kind, credentials } = device;
      try {
        signal.throwIfAborted();
        const link = await openDeviceLink({ url, ca, deviceId, credentials }, signal);
        players[index] = { deviceId, source: createMessageSource({ seed, deviceId, kind }), link };
      } catch (error) {
        failure ??= signal.aborted ? signal.reason : cannotConnect(device, url, error);
      }
    }
  };
  await Promise.all(Array.from({ length: CONNECTS_AT_ONCE }, worker));
  if (failure === undefined) return players;
  // With holes where devices were not reached: Object.values() skips them.
  await Promise.all(Object.values(players).map(({ link }) => link.close(0)));
  throw failure;
}

function cannotConnect(device: SimulatedDevice, url: string, cause: unknown): Error {
  const reason = cause instanceof Error ? cause.message || cause.name : String(cause);
  return new Error(
    `The simulated device ${device.deviceId} cannot connect to ${url}: ${reason}. ` +
      "Check that the broker runs there, that caCertPath is its CA, and that the device is registered.",
    { cause },
  );
}

/** Publishes on schedule until all is said or the signal aborts. */
async function play(
  options: SimulatorOptions,
  players: readonly Player[],
  counts: { published: number; failed: number },
  signal: AbortSignal,
): Promise<void> {
  const { rate, count = Number.POSITIVE_INFINITY } = options;
  const schedule = createSchedule({ rate, startMs: performance.now() });
  let sequence = 0;
  while (sequence < count && !signal.aborted) {
    for (let due = schedule.take(performance.now()); due > 0 && sequence < count; due -= 1) {
      const player = players[sequence % players.length];
      if (player === undefined) return;
      if (!player.link.isReady()) await player.link.ready();
      if (signal.aborted) return;
      sequence += 1;
      publishNext(options, player, sequence, counts);
    }
    if (sequence >= count) return;
    const pauseMs = schedule.delayMs(performance.now());
    // Even when behind, the event loop gets its turn, so that acknowledgements are read.
    if (pauseMs === 0) await nextTurn();
    else await delay(pauseMs, undefined, { signal }).catch(() => {});
  }
}

function publishNext(
  options: SimulatorOptions,
  player: Player,
  sequence: number,
  counts: { published: number; failed: number },
): void {
  const { badEvery, onPublish } = options;
  const { deviceId, source, link } = player;
  const regular = source(Date.now());
  const malformed = badEvery !== undefined && sequence % badEvery === 0;
  const turn = malformed ? (sequence / badEvery - 1) % MALFORMATIONS.length : 0;
  const message = malformed ? spoil(regular, MALFORMATIONS[turn] ?? "not-json") : regular;
  const taken = link.send({
    ...message,
    settle: (acknowledged) => {
      if (!acknowledged) {
        counts.failed += 1;
        return;
      }
      counts.published += 1;
      onPublish?.({ ...message, sequence, deviceId, malformed });
    },
  });
  if (!taken) counts.failed += 1;
}

function checkOptions(options: SimulatorOptions): void {
  const { url, devices, rate, badEvery, count } = options;
  if (!url.startsWith("mqtts://")) {
    throw new RangeError(`Devices connect by mqtts://host:port; got ${JSON.stringify(url)}.`);
  }
  if (devices.length === 0) throw new RangeError("The simulator needs at least one device.");
  if (!(rate >= SIMULATOR_RATES.min && rate <= SIMULATOR_RATES.max)) {
    throw new RangeError(`The rate is from 0.1 to 5,000 messages per second; got ${rate}.`);
  }
  for (const [name, value] of Object.entries({ badEvery, count })) {
    if (value !== undefined && !(Number.isInteger(value) && value >= 1)) {
      throw new RangeError(`${name} is a whole number from 1 on; got ${value}.`);
    }
  }
}
