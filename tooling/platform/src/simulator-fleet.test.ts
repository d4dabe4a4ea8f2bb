import { expect, test } from "vitest";
import { type FleetOptions, simulatedFleet } from "./simulator-fleet.ts";
import { DEVICE_KINDS } from "./simulator-payloads.ts";

function fleet(options: Partial<FleetOptions> = {}) {
  const registered: { organisation: string; deviceId: string }[] = [];
  const devices = simulatedFleet(
    {
      devices: {
        register: (device) => {
          registered.push(device);
          return { username: device.deviceId, password: "fake" };
        },
        list: () => registered,
      },
    },
    { organisation: "acme", devices: 7, seed: 1, ...options },
  );
  return { devices, registered };
}

test("simulatedFleet() has each kind of device and registers every one", () => {
  const { devices, registered } = fleet();
  expect(devices.map(({ kind }) => kind)).toEqual(DEVICE_KINDS);
  expect(registered).toEqual(devices.map(({ organisation, deviceId }) => ({ organisation, deviceId })));
  expect(devices[0]?.credentials).toEqual({ username: devices[0]?.deviceId, password: "fake" });
});

test("simulatedFleet() gives ids that are the same for the same seed, and differ for another seed or organisation", () => {
  const ids = (options?: Partial<FleetOptions>) => fleet(options).devices.map(({ deviceId }) => deviceId);
  expect(ids()).toEqual(ids());
  expect(ids({ seed: 2 })).not.toEqual(ids());
  expect(ids({ organisation: "globex" })).not.toEqual(ids());
  expect(new Set(ids({ devices: 1_000 })).size).toBe(1_000);
});

test.each([0, 1.5, -1])("simulatedFleet() refuses %d devices", (devices) => {
  expect(() => fleet({ devices })).toThrow(RangeError);
});
