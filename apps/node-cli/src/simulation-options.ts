import type { NumberReader } from "./numbers.ts";

/** What commander makes of the flags about the simulated devices. */
export interface SimulationFlags {
  readonly devices?: string;
  readonly rate?: string;
  readonly seed?: string;
  readonly badEvery?: string;
}

/** How devices are simulated. */
export interface Simulation {
  readonly devices: number;
  /** Messages per second. */
  readonly rate: number;
  readonly seed: number;
  readonly badEvery?: number;
}

/** So many TLS connections a machine can be asked for without more thought. */
const MAX_DEVICES = 1_000;
/** What the simulator takes. */
const RATE = { min: 0.1, max: 5_000 } as const;

/** Reads the flags; what is wrong stands in the reader's problems. */
export function readSimulation(flags: SimulationFlags, numbers: NumberReader): Simulation {
  const devices = numbers.read("--devices", flags.devices, { min: 1, max: MAX_DEVICES, whole: true });
  const rate = numbers.read("--rate", flags.rate, { ...RATE, unit: "messages per second" });
  const seed = numbers.read("--seed", flags.seed, { min: 0, max: 2 ** 32 - 1, whole: true });
  const badEvery = numbers.read("--bad-every", flags.badEvery, { min: 1, max: 1_000_000, whole: true });
  return {
    devices: devices ?? 8,
    rate: rate ?? 5,
    seed: seed ?? 1,
    ...(badEvery === undefined ? {} : { badEvery }),
  };
}
