import fc from "fast-check";
import { expect, test } from "vitest";
import { findFilterProblems, matchesFilter, tokenAccess } from "./topic-filter.ts";

test.each([
  "device/+/telemetry/#",
  "#",
  "+",
  "+/+",
  "/",
  "/+/",
  "a//b",
  "$SYS/#",
  "$share",
  "$share/group/device/+/telemetry/#",
  "$share/group//a",
  "a".repeat(65_535),
])("findFilterProblems() accepts %.40s", (filter) => {
  expect(findFilterProblems(filter)).toEqual([]);
});

test.each([
  ["", "is empty"],
  ["a/#/b", "has a # before its last level"],
  ["#/a", "has a # before its last level"],
  ["a/b#", "has a # beside other characters"],
  ["a/##", "has a # beside other characters"],
  ["a+/b", "has a + beside other characters"],
  ["a/++", "has a + beside other characters"],
  ["a\u0000b", "U+0000"],
  ["a".repeat(65_536), "is 65536 bytes long"],
  ["$share/", "is no complete shared subscription"],
  ["$share/group", "is no complete shared subscription"],
  ["$share/group/", "is no complete shared subscription"],
  ["$share//a", "is no complete shared subscription"],
  ["$share/g+/a", "has a wildcard in the name of its share group"],
  ["$share/#/a", "has a wildcard in the name of its share group"],
  ["$share/group/a/#/b", "has a # before its last level"],
])("findFilterProblems() refuses %.40j", (filter, problem) => {
  expect(findFilterProblems(filter)).toEqual([expect.stringContaining(problem)]);
});

test("findFilterProblems() names every problem of a filter", () => {
  expect(findFilterProblems("a+/#/b#\u0000")).toHaveLength(4);
});

test.each([
  // Examples of MQTT 3.1.1 and 5, 4.7.1 and 4.7.2.
  ["sport/tennis/player1/#", "sport/tennis/player1", true],
  ["sport/tennis/player1/#", "sport/tennis/player1/ranking", true],
  ["sport/#", "sport", true],
  ["#", "sport/tennis", true],
  ["sport/tennis/+", "sport/tennis/player1", true],
  ["sport/tennis/+", "sport/tennis/player1/ranking", false],
  ["sport/+", "sport", false],
  ["sport/+", "sport/", true],
  ["+/+", "/finance", true],
  ["/+", "/finance", true],
  ["+", "/finance", false],
  ["#", "$SYS/brokers", false],
  ["+/monitor/Clients", "$SYS/monitor/Clients", false],
  ["$SYS/#", "$SYS/brokers", true],
  ["$SYS/#", "$SYS", true],
  ["$SYS/monitor/+", "$SYS/monitor/Clients", true],
  ["ACCOUNTS", "Accounts", false],
  // A shared subscription matches as its filter does (MQTT 5, 4.8.2).
  ["$share/g/device/+/telemetry/#", "device/g1/telemetry/a", true],
  ["$share/g/device/+/telemetry/#", "device/g1/status", false],
  ["$share/g/#", "$SYS/brokers", false],
  ["$share/g", "g", false],
])("matchesFilter(%j, %j) is %s", (filter, topic, expected) => {
  expect(matchesFilter(filter, topic)).toBe(expected);
});

/** As the specification says it, level by level. */
function matchesByTheBook(filter: string, topic: string): boolean {
  const match = (filters: readonly string[], levels: readonly string[]): boolean => {
    const [first, ...others] = filters;
    if (first === undefined) return levels.length === 0;
    if (first === "#") return true;
    const [level, ...below] = levels;
    return level !== undefined && (first === "+" || first === level) && match(others, below);
  };
  const hidden = topic.startsWith("$") && (filter.startsWith("+") || filter.startsWith("#"));
  return !hidden && match(filter.split("/"), topic.split("/"));
}

const levels = fc.constantFrom("", "a", "b", "$a", "telemetry");
const topics = fc.array(levels, { minLength: 1, maxLength: 5 }).map((parts) => parts.join("/"));
const filters = fc
  .tuple(fc.array(fc.oneof(levels, fc.constant("+")), { maxLength: 5 }), fc.boolean())
  .map(([parts, open]) => [...parts, ...(open || parts.length === 0 ? ["#"] : [])].join("/"))
  .filter((filter) => filter !== "");

test("matchesFilter() agrees with the specification taken word for word", () => {
  let matches = 0;
  fc.assert(
    fc.property(filters, topics, (filter, topic) => {
      expect(findFilterProblems(filter)).toEqual([]);
      const expected = matchesByTheBook(filter, topic);
      if (expected) matches += 1;
      expect(matchesFilter(filter, topic)).toBe(expected);
      expect(matchesFilter(`$share/group/${filter}`, topic)).toBe(expected);
    }),
    { seed: 1, numRuns: 3_000 },
  );
  expect(matches).toBeGreaterThan(100);
});

test("matchesFilter() and findFilterProblems() take any text without failing", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (filter, topic) => {
      expect(typeof matchesFilter(filter, topic)).toBe("boolean");
      expect(matchesFilter(filter, filter) || filter.startsWith("$") || /[+#]/.test(filter)).toBe(true);
      expect(Array.isArray(findFilterProblems(filter))).toBe(true);
    }),
    { seed: 1, numRuns: 500 },
  );
});

test.each([
  ["device/+/telemetry/#", "allowed"],
  ["device/g1/telemetry", "allowed"],
  ["device/g1/telemetry/+/rpm", "allowed"],
  ["devices/+/telemetry/#", "allowed"],
  ["$share/g/device/+/telemetry/#", "allowed"],
  ["device/x/commands/#", "refused"],
  ["device/x/status", "refused"],
  ["device/+/events/+", "refused"],
  ["device/+/+/temperature", "refused"],
  ["device/+/#", "refused"],
  ["device/#", "refused"],
  ["device/+", "refused"],
  ["device", "refused"],
  ["device//telemetry/#", "refused"],
  ["#", "refused"],
  ["$SYS/#", "refused"],
  ["$share/g/device/+/commands/#", "refused"],
  ["$share/g", "refused"],
  ["+/+/telemetry/#", "unknown"],
  ["factory/line-1", "unknown"],
] as const)("tokenAccess(%j) is %s", (filter, expected) => {
  expect(tokenAccess(filter)).toBe(expected);
});
