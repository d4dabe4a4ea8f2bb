import { expect, test } from "vitest";
import { FleetStore } from "../../data/fleet-store.ts";
import type { Freshness } from "../../data/freshness.ts";
import { message } from "../../testing/messages.ts";
import { selectDevices } from "./select-devices.ts";

const EVERYTHING = { search: "", sensor: "", state: "all", sortBy: "state" } as const;

test("what has trouble comes first, and each device is judged once, however many there are", () => {
  const store = new FleetStore();
  for (let number = 0; number < 1_000; number += 1) store.ingest(message({ deviceId: `d${number}` }));
  let judged = 0;
  const judge = ({ id }: { readonly id: string }): Freshness => {
    judged += 1;
    return id === "d700" ? "silent" : id === "d800" ? "quiet" : "live";
  };
  const { devices, counts } = selectDevices(store, EVERYTHING, judge);
  expect(devices.slice(0, 3).map(({ id }) => id)).toEqual(["d700", "d800", "d0"]);
  expect(counts).toEqual({ all: 1_000, live: 998, quiet: 1, silent: 1, unknown: 0 });
  expect(judged).toBe(1_000);
});
