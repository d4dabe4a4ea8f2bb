import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { playChaos } from "./chaos.ts";
import type { ChaosOptions } from "./options.ts";

const SHORT: ChaosOptions = {
  seconds: 3,
  seed: 1,
  runs: ["A"],
  rate: 500,
  kills: 3,
  cuts: 3,
  json: false,
  keep: undefined,
  broker: undefined,
};
const TIMEOUT_MS = 60_000;

/** Plays it and gives the report; what is said on the way is only of interest when it fails. */
async function play(given: Partial<ChaosOptions>, env: Readonly<Record<string, string>> = {}) {
  const told: string[] = [];
  // Runs that fail leave theirs behind, as some of these are to do.
  const keep = await mkdtemp(join(tmpdir(), "tesa-chaos-test-"));
  try {
    const options = { ...SHORT, keep, ...given };
    const report = await playChaos(options, { env, tell: (line) => told.push(line) });
    return { ...report, told };
  } finally {
    await rm(keep, { recursive: true, force: true });
  }
}

describe("a short run", () => {
  test(
    "of one worker with a long queue has everything everywhere once; two that share the messages lose nothing",
    async () => {
      const { runs } = await play({ runs: ["A", "C"] });
      expect(runs).toMatchObject([
        { run: "A", kills: 3, cuts: 3, lost: 0, duplicates: 0, dropped: 0, problems: [] },
        { run: "C", kills: 3, cuts: 3, lost: 0, dropped: 0, problems: [] },
      ]);
      const { delivered, mirrored, published, stored } = runs[0] ?? {};
      expect(published).toBeGreaterThan(1_000);
      expect([stored, mirrored, delivered]).toEqual([published, published, published]);
    },
    TIMEOUT_MS,
  );

  test(
    "of one worker with EMQX's queue has everything that was dropped inside a gap",
    async () => {
      const { runs } = await play({ runs: ["B"], rate: 2_000, kills: 1, cuts: 1 });
      expect(runs).toMatchObject([{ run: "B", kills: 1, cuts: 1, lost: 0, duplicates: 0, problems: [] }]);
      expect(runs[0]?.inGaps).toBe(runs[0]?.dropped);
    },
    TIMEOUT_MS,
  );

  test(
    "of a worker far from the broker, which messages outrun, has everything that was dropped inside a gap, kills included",
    async () => {
      const { runs } = await play({ runs: ["D"], seconds: 6, rate: 2_000, kills: 2, cuts: 2 });
      expect(runs).toMatchObject([{ run: "D", kills: 2, cuts: 2, lost: 0, duplicates: 0, problems: [] }]);
      // 320 messages a second came through the window.
      expect(runs[0]?.dropped).toBeGreaterThan(3_000);
      expect(runs[0]?.inGaps).toBe(runs[0]?.dropped);
    },
    TIMEOUT_MS,
  );
});

describe("a run can fail:", () => {
  const quick = { seconds: 2, rate: 1_000 };

  test(
    "messages that are acknowledged when they are received are lost",
    async () => {
      const { runs, told } = await play({ ...quick, kills: 4, cuts: 0 }, { TESA_TEST_ACK_AT_RECEIVE: "1" });
      expect(runs[0]?.lost).toBeGreaterThan(0);
      expect(runs[0]?.ok).toBe(false);
      expect(told[0]).toContain("broken on purpose: TESA_TEST_ACK_AT_RECEIVE");
    },
    TIMEOUT_MS,
  );

  test(
    "without the check for redeliveries messages are stored twice",
    async () => {
      const { runs, told } = await play(
        { ...quick, kills: 1, cuts: 4 },
        { TESA_TEST_NO_REDELIVERY_CHECK: "1" },
      );
      expect(runs[0]?.duplicates).toBeGreaterThan(0);
      expect(runs[0]?.ok).toBe(false);
      expect(told[0]).toContain("broken on purpose: TESA_TEST_NO_REDELIVERY_CHECK");
    },
    TIMEOUT_MS,
  );
});
