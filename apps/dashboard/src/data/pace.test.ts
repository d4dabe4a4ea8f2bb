import { expect, test } from "vitest";
import { noteSeen, paceOf } from "./pace.ts";

function seenAt(times: readonly number[], late: readonly number[] = []): number[] {
  const seen: number[] = [];
  for (const time of times) noteSeen(seen, time, false);
  for (const time of late) noteSeen(seen, time, true);
  return seen;
}

test("the newest few times are kept in their order, each once, whatever comes late or from history", () => {
  expect(seenAt([1, 2, 3, 3, 4, 5, 6, 7, 8])).toEqual([3, 4, 5, 6, 7, 8]);
  expect(seenAt([10, 20, 30], [25, 5, 20, 40])).toEqual([5, 10, 20, 25, 30, 40]);
  expect(seenAt([10, 20, 30, 40, 50, 60], [5, 55])).toEqual([20, 30, 40, 50, 55, 60]);
});

test("when the clock that stamps messages is put back, what comes then is the newest", () => {
  expect(seenAt([1_000, 2_000, 3_000, 500, 600])).toEqual([500, 600]);
});

test.each<[string, number[], number | null]>([
  ["never seen", [], 7],
  ["seen once", [100], 7],
  ["seen twice", [100, 130], 30],
  ["steady", [100, 110, 120, 130, 140, 150], 10],
  ["away in an outage for once", [100, 110, 120, 3_000, 3_010, 3_020], 10],
  ["in pairs", [0, 1, 300, 301, 600, 601], 299],
])("the usual interval of a sensor: %s", (_, seen, intervalMs) => {
  expect(paceOf(seen, 7)).toEqual({ lastSeen: seen.at(-1) ?? Number.NEGATIVE_INFINITY, intervalMs });
});
