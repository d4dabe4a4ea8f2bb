import { randomBytes } from "node:crypto";
import { assertOrganisation } from "./tokens.ts";
import type { Credentials, DeviceStore } from "./types.ts";

/** A device that the box knows. */
export interface Device {
  readonly organisation: string;
  readonly deviceId: string;
  readonly password: string;
}

/** Where the broker looks a device up. */
export interface DeviceRegistry extends DeviceStore {
  find(deviceId: string): Device | undefined;
}

/** Keeps the devices of a box, in memory. A device's user name is its id. */
export function createDeviceRegistry(): DeviceRegistry {
  const devices = new Map<string, Device>();
  return {
    register: ({ organisation, deviceId }): Credentials => {
      assertOrganisation(organisation);
      if (deviceId === "" || /[/+#\0]/.test(deviceId)) {
        throw new Error(
          `"${deviceId}" is no device id: it is one level of a topic, without "/", "+" and "#".`,
        );
      }
      const known = devices.get(deviceId);
      if (known !== undefined && known.organisation !== organisation) {
        throw new Error(
          `The device "${deviceId}" belongs to the organisation "${known.organisation}" already.`,
        );
      }
      const device = known ?? { organisation, deviceId, password: randomBytes(16).toString("hex") };
      devices.set(deviceId, device);
      return { username: deviceId, password: device.password };
    },
    list: () => [...devices.values()].map(({ organisation, deviceId }) => ({ organisation, deviceId })),
    find: (deviceId) => devices.get(deviceId),
  };
}
