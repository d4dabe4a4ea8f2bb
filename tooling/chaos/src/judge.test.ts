import { describe, expect, test } from "vitest";
import type { BrokerEntry } from "./broker.ts";
import type { LogEvidence } from "./evidence.ts";
import { type Evidence, judge } from "./judge.ts";

const CLIENT = "tesa1";

function log(keys: readonly string[], given: Partial<LogEvidence> = {}): LogEvidence {
  return {
    logId: "log1",
    clientId: CLIENT,
    rows: keys.map((key, index) => ({ seq: index + 1, key })),
    gaps: [],
    rejected: 0,
    deadLetters: 0,
    ...given,
  };
}

/** Message `d/1` was published at 1,000 ms, `d/2` at 2,000 ms, and so on. */
function entries(count: number, dropped: Readonly<Record<string, string>> = {}): Map<string, BrokerEntry> {
  return new Map(
    Array.from({ length: count }, (_, index) => {
      const key = `d/${index + 1}`;
      return [key, { at: 1_000 * (index + 1), droppedFor: dropped[key] }] as const;
    }),
  );
}

/** A run in which all went well, but for what is given. */
function evidence(given: Partial<Evidence> & { readonly logs: readonly LogEvidence[] }): Evidence {
  const { logs } = given;
  return {
    rules: { mayDrop: false, mayDuplicate: false },
    published: given.entries?.size ?? 3,
    entries: entries(3),
    knowsDrops: true,
    mirror: new Map(logs.map(({ logId, rows }) => [logId, rows])),
    taken: new Set(logs.flatMap(({ rows }) => rows.map(({ key }) => key))),
    ...given,
  };
}

const ALL = ["d/1", "d/2", "d/3"];

test("judge() passes a run of which everything is everywhere once", () => {
  expect(judge(evidence({ logs: [log(ALL)] }))).toEqual({
    published: 3,
    stored: 3,
    lost: 0,
    duplicates: 0,
    dropped: 0,
    inGaps: 0,
    gaps: 0,
    gapSeconds: 0,
    mirrored: 3,
    missingInMirror: 0,
    strangeInMirror: 0,
    delivered: 3,
    missingAtReceiver: 0,
    deadLetters: 0,
    rejected: 0,
    outOfOrder: 0,
    problems: [],
  });
});

test("judge() finds what is in no log", () => {
  const verdict = judge(evidence({ logs: [log(["d/1", "d/3"])] }));
  expect(verdict).toMatchObject({ stored: 2, lost: 1 });
  expect(verdict.problems).toEqual([
    "1 messages were handed to a client or queued for it, and are in no log: d/2",
  ]);
});

test("judge() finds what is in a log twice, and only counts it where that may be", () => {
  const logs = [log([...ALL, "d/2"])];
  expect(judge(evidence({ logs }))).toMatchObject({ duplicates: 1, problems: ["1 rows are duplicates."] });
  const rules = { mayDrop: false, mayDuplicate: true };
  expect(judge(evidence({ logs, rules }))).toMatchObject({ duplicates: 1, problems: [] });
});

test("judge() finds what two logs have both", () => {
  const logs = [log(["d/1", "d/2"]), log(["d/2", "d/3"], { logId: "log2", clientId: "tesa2" })];
  expect(judge(evidence({ logs }))).toMatchObject({ stored: 4, duplicates: 1, lost: 0 });
});

test("judge() finds what is out of its device's order", () => {
  const verdict = judge(evidence({ logs: [log(["d/1", "d/3", "d/2"])] }));
  expect(verdict.problems).toEqual(["1 rows are out of their device's order."]);
});

test("judge() finds what nobody published, and what was published for nobody", () => {
  const strange = judge(evidence({ logs: [log([...ALL, "d/9"])] }));
  expect(strange.problems).toEqual(["1 messages are in a log, and the broker knows nothing of them: d/9"]);
  const unheard = judge(evidence({ logs: [log(ALL)], published: 5 }));
  expect(unheard.problems).toEqual(["2 messages were published while nobody was subscribed."]);
  const nothing = judge(evidence({ logs: [log([])], published: 0, entries: new Map() }));
  expect(nothing.problems).toEqual(["Nothing was published."]);
});

describe("of what the broker's queue dropped, judge()", () => {
  const rules = { mayDrop: true, mayDuplicate: false };
  const given = { rules, entries: entries(3, { "d/2": CLIENT }) };
  const gap = (from: number, to: number) => ({ kind: "possible", from, to }) as const;

  test("passes what lies inside a gap, its ends included", () => {
    for (const gaps of [[gap(1_500, 2_500)], [gap(2_000, 3_000)], [gap(0, 2_000)]]) {
      const verdict = judge(evidence({ ...given, logs: [log(["d/1", "d/3"], { gaps })] }));
      expect(verdict).toMatchObject({ lost: 0, dropped: 1, inGaps: 1, gaps: 1, problems: [] });
    }
  });

  test("finds what lies outside of every gap, and tells by how much", () => {
    const logs = [log(["d/1", "d/3"], { gaps: [gap(2_001, 9_000)] })];
    const verdict = judge(evidence({ ...given, logs }));
    expect(verdict).toMatchObject({ dropped: 1, inGaps: 0 });
    expect(verdict.problems).toEqual([
      "1 messages were dropped by the broker's queue, outside of every gap on record (by 1 to 1 ms): d/2",
    ]);
    expect(judge(evidence({ ...given, logs: [log(["d/1", "d/3"])] })).problems).toHaveLength(1);
  });

  test("takes a gap for what it is: of the client whose queue it was", () => {
    const logs = [
      log(["d/1"]),
      log(["d/3"], { logId: "log2", clientId: "tesa2", gaps: [gap(1_500, 2_500)] }),
    ];
    expect(judge(evidence({ ...given, logs }))).toMatchObject({ dropped: 1, inGaps: 0 });
  });

  test("lets none pass where the queue was to hold all", () => {
    const logs = [log(["d/1", "d/3"], { gaps: [gap(1_500, 2_500)] })];
    const verdict = judge(evidence({ ...given, logs, rules: { mayDrop: false, mayDuplicate: false } }));
    expect(verdict.problems).toEqual(["1 messages were dropped, though the queue was to hold all of them."]);
  });
});

test("judge() takes what is missing inside a gap for dropped where the broker keeps no books", () => {
  const gaps = [{ kind: "possible", from: 1_900, to: 2_100 }] as const;
  const verdict = judge(
    evidence({
      rules: { mayDrop: true, mayDuplicate: true },
      knowsDrops: false,
      entries: entries(4),
      logs: [log(["d/1", "d/4"], { gaps })],
    }),
  );
  expect(verdict).toMatchObject({ dropped: 1, inGaps: 1, lost: 1 });
  expect(verdict.problems).toHaveLength(1);
});

test("judge() takes a message for dropped where a gap touches the time in which the broker may have got it", () => {
  const missing = (at: number, until: number) =>
    judge(
      evidence({
        rules: { mayDrop: true, mayDuplicate: true },
        knowsDrops: false,
        entries: new Map([["d/1", { at, until, droppedFor: undefined }]]),
        logs: [log([], { gaps: [{ kind: "possible", from: 2_000, to: 65_000 }] })],
      }),
    );
  expect(missing(1_990, 2_001)).toMatchObject({ dropped: 1, lost: 0, gapSeconds: 63 });
  expect(missing(1_990, 1_999)).toMatchObject({ dropped: 0, lost: 1 });
  expect(missing(65_001, 65_002)).toMatchObject({ dropped: 0, lost: 1 });
});

test("judge() finds where the mirror differs from the log", () => {
  const mirror = new Map([
    [
      "log1",
      [
        { seq: 1, key: "d/1" },
        { seq: 2, key: "d/3" },
      ],
    ],
    ["log9", [{ seq: 1, key: "d/1" }]],
  ]);
  const verdict = judge(evidence({ logs: [log(ALL)], mirror }));
  expect(verdict).toMatchObject({ mirrored: 3, missingInMirror: 2, strangeInMirror: 2 });
  expect(verdict.problems).toHaveLength(2);
});

test("judge() finds what the webhook receiver never took, what was given up, and what could not be stored", () => {
  const logs = [log(ALL, { deadLetters: 1, rejected: 2 })];
  const verdict = judge(evidence({ logs, taken: new Set(["d/1", "d/3"]) }));
  expect(verdict).toMatchObject({ delivered: 2, missingAtReceiver: 1 });
  expect(verdict.problems).toEqual([
    "1 messages are in a log, and the webhook receiver never took them: d/2",
    "1 messages were given up as dead letters.",
    "2 messages could not be stored.",
  ]);
});
