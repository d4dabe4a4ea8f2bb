import { DEVICE_KINDS, type DeviceKind } from "./simulator-payloads.ts";
import { createRandom } from "./simulator-random.ts";
import type { Credentials, Platform } from "./types.ts";

/** A device that the simulator plays. */
export interface SimulatedDevice {
  readonly organisation: string;
  readonly deviceId: string;
  readonly kind: DeviceKind;
  /** What it connects with over MQTTS. */
  readonly credentials: Credentials;
}

/** Settings of {@link simulatedFleet}. */
export interface FleetOptions {
  readonly organisation: string;
  /** How many; the kinds take turns, so seven have one of each. */
  readonly devices: number;
  /** The same seed and organisation give the same device ids. */
  readonly seed: number;
}

/**
 * Makes devices and registers them at the platform.
 * @example
 * const devices = simulatedFleet(platform, { organisation: "acme", devices: 10, seed: 1 });
 */
export function simulatedFleet(
  platform: Pick<Platform, "devices">,
  options: FleetOptions,
): SimulatedDevice[] {
  const { organisation, devices, seed } = options;
  if (!Number.isInteger(devices) || devices < 1) {
    throw new RangeError(`A fleet needs a whole number of devices, at least 1; got ${devices}.`);
  }
  const random = createRandom(seed, organisation);
  return Array.from({ length: devices }, (_, index) => {
    const kind = DEVICE_KINDS[index % DEVICE_KINDS.length] ?? DEVICE_KINDS[0];
    const number = Math.floor(index / DEVICE_KINDS.length) + 1;
    // The random part keeps the fleets of two organisations, or of two seeds, apart on one platform.
    const suffix = Math.floor(random() * 0x1_0000)
      .toString(16)
      .padStart(4, "0");
    const deviceId = `${kind}-${number}-${suffix}`;
    return {
      organisation,
      deviceId,
      kind,
      credentials: platform.devices.register({ organisation, deviceId }),
    };
  });
}
