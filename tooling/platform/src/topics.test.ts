import { describe, expect, test } from "vitest";
import { isTopicName, matches, parseFilter } from "./topics.ts";

describe("matches()", () => {
  test.each([
    ["device/+/telemetry/#", "device/g1/telemetry", true],
    ["device/+/telemetry/#", "device/g1/telemetry/motor/2/rpm", true],
    ["device/+/telemetry/#", "device/g1/status", false],
    ["device/+/telemetry", "device/g1/telemetry/x", false],
    ["device/+/telemetry/+", "device/g1/telemetry", false],
    ["device/+/telemetry/+", "device/g1/telemetry/", true],
    ["device/+/telemetry/+", "device//telemetry/x", true],
    ["device/g1/telemetry/x", "device/g1/telemetry/x", true],
    ["device/g1/telemetry/x", "device/g1/telemetry/X", false],
    ["#", "a/b", true],
    ["#", "$SYS/uptime", false],
    ["+/uptime", "$SYS/uptime", false],
    ["$SYS/#", "$SYS/uptime", true],
  ])("%s and %s: %o", (filter, topic, expected) => {
    expect(matches(parseFilter(filter)?.levels ?? [], topic.split("/"))).toBe(expected);
  });
});

describe("parseFilter()", () => {
  test("takes the share group off", () => {
    expect(parseFilter("$share/workers/device/+/telemetry/#")).toEqual({
      text: "$share/workers/device/+/telemetry/#",
      group: "workers",
      levels: ["device", "+", "telemetry", "#"],
    });
  });

  test.each([
    "",
    "a/#/b",
    "a#",
    "a/b+",
    "a\0b",
    "$share",
    "$share/workers",
    "$share/workers/",
    "$share//a",
    "$share/+/a",
    "x".repeat(65_536),
  ])("refuses %o", (filter) => {
    expect(parseFilter(filter)).toBeUndefined();
  });
});

test.each([
  ["device/g1/telemetry", true],
  ["", false],
  ["a/+", false],
  ["a/#", false],
  ["a\0", false],
])("isTopicName(%o) is %o", (topic, expected) => {
  expect(isTopicName(topic)).toBe(expected);
});
