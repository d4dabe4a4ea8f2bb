import { expect, test } from "vitest";
import { message } from "../testing/messages.ts";
import { FleetStore } from "./fleet-store.ts";

test.each([
  ["motor 10", "motor 2", "Åre", "area", "Temp"],
  ["Temp", "area", "motor 2", "Åre", "motor 10"],
])("series stand by name, numbers in their order, whatever comes first", (...sensors) => {
  const store = new FleetStore();
  for (const sensor of sensors) {
    for (const unit of sensor === "Temp" ? ["°F", "°C"] : [null]) {
      store.ingest(message({ deviceId: "d1", readings: [{ sensor, value: 1, unit }] }));
    }
  }
  const series = [...(store.devices.get("d1")?.series.values() ?? [])];
  expect(series.map(({ sensor, unit }) => (unit === null ? sensor : `${sensor} ${unit}`))).toEqual([
    "Åre",
    "area",
    "motor 2",
    "motor 10",
    "Temp °C",
    "Temp °F",
  ]);
});
