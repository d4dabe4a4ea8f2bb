import { expect, test } from "vitest";
import { toJson, toText } from "./report.ts";
import type { RunReport } from "./run.ts";

const run: RunReport = {
  run: "A",
  published: 100,
  stored: 99,
  lost: 1,
  duplicates: 0,
  dropped: 0,
  inGaps: 0,
  gaps: 0,
  gapSeconds: 0,
  mirrored: 99,
  missingInMirror: 0,
  strangeInMirror: 0,
  delivered: 99,
  missingAtReceiver: 0,
  deadLetters: 0,
  rejected: 0,
  outOfOrder: 0,
  kills: 20,
  cuts: 21,
  rate: 1_999,
  requests: 10,
  failedRequests: 3,
  problems: ["1 messages are in no log: d/1"],
  ok: false,
};
const other: RunReport = { ...run, run: "B", stored: 100, lost: 0, problems: [], ok: true };

test("toJson() gives one object, with the sum of each count and every run", () => {
  const report = { seed: 7, seconds: 60, broker: "the platform in a box", runs: [run, other] };
  expect(JSON.parse(toJson(report))).toMatchObject({
    ok: false,
    seed: 7,
    seconds: 60,
    broker: "the platform in a box",
    published: 200,
    stored: 199,
    lost: 1,
    duplicates: 0,
    dropped: 0,
    inGaps: 0,
    mirrored: 198,
    delivered: 198,
    kills: 40,
    cuts: 42,
    runs: [
      { run: "A", lost: 1 },
      { run: "B", lost: 0 },
    ],
  });
});

test("toText() gives a column for each run, and what is wrong below", () => {
  const text = toText({ runs: [run, other] });
  expect(text).toMatch(/^ +run A +run B\npublished +100 +100\nstored +99 +100\nlost +1 +0\n/);
  expect(text).toContain("verdict");
  expect(text).toMatch(/FAILED +passed\n\nrun A: 1 messages are in no log: d\/1\n$/);
});
