import { describe, expect, test } from "vitest";
import { createMemoryTelemetryLog, DEFAULT_MEMORY_RETENTION } from "./memory.ts";
import { describeLogContract, entries, entry } from "./testing/index.ts";

describeLogContract("The log in memory", {
  vitest: { describe, expect, test },
  open: async ({ now = () => 1_000_000, receiveMaximum = 100, retention = {} }) => {
    const log = createMemoryTelemetryLog({ random: Math.random, clock: { now }, receiveMaximum, retention });
    return { log, reopen: null, [Symbol.asyncDispose]: () => log.close() };
  },
});

test("createMemoryTelemetryLog() keeps 100,000 messages unless told otherwise", async () => {
  expect(DEFAULT_MEMORY_RETENTION).toEqual({ maxRows: 100_000, maxBytes: 67_108_864 });
  await using log = createMemoryTelemetryLog({ random: Math.random, clock: { now: () => 0 } });
  for (let batch = 0; batch < 101; batch += 1) await log.append(entries(1_000));
  expect(await log.bounds()).toEqual({ firstSeq: 1_001, lastSeq: 101_000 });
  expect((await log.read({ after: 100_998 })).messages.map(({ seq }) => seq)).toEqual([100_999, 101_000]);
});

test("createMemoryTelemetryLog() keeps its default for bytes when only the rows are given", async () => {
  await using log = createMemoryTelemetryLog({
    random: Math.random,
    clock: { now: () => 0 },
    retention: { maxRows: 1_000_000 },
  });
  for (let index = 0; index < 8; index += 1)
    await log.append([entry({ payload: new Uint8Array(10_000_000) })]);
  expect((await log.stats()).rows).toBe(6);
});

test("the log in memory has ids of its own, and so has its next one", () => {
  const make = () => createMemoryTelemetryLog({ random: Math.random, clock: { now: () => 0 } });
  const [one, two] = [make(), make()];
  expect(one.id).toMatch(/^[0-9a-f]{32}$/);
  expect(new Set([one.id, one.epoch, two.id, two.epoch]).size).toBe(4);
});
