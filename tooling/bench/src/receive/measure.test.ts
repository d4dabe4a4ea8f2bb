import { expect, test } from "vitest";
import { checkOutcome } from "./measure.ts";
import type { FeedPlan } from "./protocol.ts";

const run = { scenario: "full32", variant: "memory" } as const;
const plan: FeedPlan = { window: 32, warmUp: 10, total: 100, pace: null };
const measurement = { cpuUs: 1, wallUs: 1, messages: 90 };
const outcome = { sent: 100, acknowledged: 100, sum: 12.5, faults: [] };
const report = { measurement, received: 100, sum: 12.5, stored: null };

test("checkOutcome() accepts what agrees, and receivers that do not look into messages", () => {
  checkOutcome(run, plan, report, outcome);
  checkOutcome(run, plan, { ...report, sum: null, stored: 100 }, outcome);
});

test("checkOutcome() names a wrong sum, missing messages, missing rows and faults, all at once", () => {
  const wrong = { ...report, sum: 12, received: 99, stored: 98 };
  expect(() => checkOutcome(run, plan, wrong, { ...outcome, faults: ["PUBACK 7 for nothing"] })).toThrow(
    '"memory" in "full32" is wrong: PUBACK 7 for nothing; 99 of 100 messages arrived; ' +
      "the readings add up to 12; 12.5 was sent; 98 of 100 messages are stored.",
  );
});
