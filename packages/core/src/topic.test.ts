import fc from "fast-check";
import { expect, test } from "vitest";
import { TesaError } from "./errors.ts";
import { parseTopic, telemetryFilter, telemetryTopic } from "./topic.ts";
import { findFilterProblems, matchesFilter, tokenAccess } from "./topic-filter.ts";

test.each([
  ["device/g1/telemetry/temperature", "g1", "temperature"],
  ["devices/g1/telemetry/temperature", "g1", "temperature"],
  ["device/g1/telemetry/motor/2/rpm", "g1", "motor/2/rpm"],
  ["device/g1/telemetry", "g1", null],
  ["device/g1/telemetry/", "g1", ""],
  ["device/g1/telemetry//rpm", "g1", "/rpm"],
  ["device/g1/telemetry/motor/", "g1", "motor/"],
  ["device/telemetry/telemetry/telemetry", "telemetry", "telemetry"],
  ["device/เครื่อง 1/telemetry/°C", "เครื่อง 1", "°C"],
  ["device/__proto__/telemetry/constructor", "__proto__", "constructor"],
])("parseTopic() reads %s", (topic, deviceId, sensor) => {
  expect(parseTopic(topic)).toEqual({ kind: "telemetry", deviceId, sensor });
});

test.each([
  "",
  "/",
  "device",
  "device/",
  "device/g1",
  "device/g1/",
  "device/g1/status",
  "device/g1/commands/reboot",
  "device//telemetry/temperature",
  "/device/g1/telemetry",
  "Device/g1/telemetry",
  "devicex/g1/telemetry",
  "device/g1/x/telemetry",
  "device/g1/telemetryx",
  "device/g1/Telemetry/x",
  "$SYS/brokers",
  "$share/g/device/g1/telemetry",
])("parseTopic() takes %j for something else", (topic) => {
  expect(parseTopic(topic)).toEqual({ kind: "other" });
});

const anyText = fc.string({ unit: "grapheme" });
const withoutWildcards = anyText.map((text) => text.replace(/[+#]/g, "").replaceAll("\u0000", ""));
const deviceIds = withoutWildcards.map((text) => text.replaceAll("/", "")).filter((text) => text !== "");
const sensors = fc.array(withoutWildcards, { minLength: 1, maxLength: 4 }).map((levels) => levels.join("/"));
const roots = fc.constantFrom("device" as const, "devices" as const);

test("parseTopic() reads back every topic that telemetryTopic() builds", () => {
  fc.assert(
    fc.property(deviceIds, fc.option(sensors), roots, (deviceId, sensor, root) => {
      const parsed = parseTopic(telemetryTopic({ deviceId, sensor, root }));
      expect(parsed).toEqual({ kind: "telemetry", deviceId, sensor });
    }),
    { seed: 1, numRuns: 500 },
  );
});

test("parseTopic() takes any text without failing, and builds back to it what it takes for telemetry", () => {
  const likely = fc.array(fc.constantFrom("device", "devices", "telemetry", "g1", "", "/", "$"), {
    maxLength: 7,
  });
  fc.assert(
    fc.property(
      fc.oneof(
        anyText,
        likely.map((parts) => parts.join("/")),
      ),
      (topic) => {
        const parsed = parseTopic(topic);
        if (parsed.kind === "other") return;
        const rest = parsed.sensor === null ? "" : `/${parsed.sensor}`;
        expect(topic.replace(/^devices?\//, "")).toBe(`${parsed.deviceId}/telemetry${rest}`);
      },
    ),
    { seed: 1, numRuns: 1_000 },
  );
});

test("telemetryTopic() refuses what cannot stand in a topic", () => {
  for (const parts of [
    { deviceId: "" },
    { deviceId: "a/b" },
    { deviceId: "+" },
    { deviceId: "a", sensor: "#" },
  ]) {
    expect(() => telemetryTopic(parts)).toThrow(TesaError);
  }
  expect(() => telemetryTopic({ deviceId: "a\u0000" })).toThrow("The topic holds the character U+0000");
});

test("telemetryFilter() builds the filters of the platform", () => {
  expect(telemetryFilter()).toBe("device/+/telemetry/#");
  expect(telemetryFilter({ device: "g1" })).toBe("device/g1/telemetry/#");
  expect(telemetryFilter({ sensor: "temperature" })).toBe("device/+/telemetry/temperature");
  expect(telemetryFilter({ device: "g1", sensor: "motor/2/rpm" })).toBe("device/g1/telemetry/motor/2/rpm");
  expect(telemetryFilter({ root: "devices" })).toBe("devices/+/telemetry/#");
});

test.each([
  [{ device: "" }, "The device id is empty"],
  [{ device: "a/b" }, "The device id holds a /"],
  [{ device: "a+" }, "The device id holds a wildcard"],
  [{ sensor: "" }, "The sensor is empty"],
  [{ sensor: "motor/#" }, "The sensor holds a wildcard"],
  [{ sensor: "x".repeat(65_536) }, "The topic filter is 65555 bytes long"],
])("telemetryFilter() refuses %j", (parts, message) => {
  expect(() => telemetryFilter(parts)).toThrow(message);
});

test("telemetryFilter() builds valid filters that a token may subscribe to and that match the device's topic", () => {
  const filledSensors = sensors.filter((sensor) => sensor !== "");
  fc.assert(
    fc.property(
      deviceIds,
      filledSensors,
      roots,
      fc.boolean(),
      fc.boolean(),
      (deviceId, sensor, root, one, all) => {
        const filter = telemetryFilter({ root, ...(one && { device: deviceId }), ...(!all && { sensor }) });
        expect(findFilterProblems(filter)).toEqual([]);
        expect(tokenAccess(filter)).toBe("allowed");
        expect(matchesFilter(filter, telemetryTopic({ deviceId, sensor, root }))).toBe(true);
      },
    ),
    { seed: 1, numRuns: 300 },
  );
});
