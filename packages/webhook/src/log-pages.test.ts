import { createFakeClock } from "@tesa/core/testing";
import { createMemoryTelemetryLog, type ReadQuery, type TelemetryLog } from "@tesa/log";
import { beforeEach, expect, test } from "vitest";
import { LogPages } from "./log-pages.ts";
import { entriesOf, entry } from "./testing/messages.ts";

let log: TelemetryLog;
let queries: ReadQuery[];
let pages: LogPages;

beforeEach(() => {
  log = createMemoryTelemetryLog({ random: () => 0.5, clock: createFakeClock() });
  queries = [];
  pages = new LogPages({
    read: (query = {}) => {
      queries.push(query);
      return log.read(query);
    },
  });
});

/** Reads to the end, as a lane does. */
async function readAll(after = 0): Promise<number[]> {
  const seqs: number[] = [];
  for (let place = after; ; ) {
    const page = await pages.read(place);
    if (page.lastSeq <= place) return seqs;
    seqs.push(...page.messages.map(({ seq }) => seq));
    place = page.lastSeq;
  }
}

const numbers = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

test("LogPages gives what follows a place, in order, to the end", async () => {
  await log.append(entriesOf(["d1"], 3_000));
  expect(await readAll()).toEqual(numbers(1, 3_000));
  expect(await readAll(2_990)).toEqual(numbers(2_991, 3_000));
});

test("LogPages reads once for lanes that read at the same time", async () => {
  await log.append(entriesOf(["d1"], 3_000));
  const results = await Promise.all([readAll(), readAll(), readAll(), readAll()]);
  for (const seqs of results) expect(seqs).toEqual(numbers(1, 3_000));
  const alone = queries.length;
  queries = [];
  pages = new LogPages({
    read: (query = {}) => {
      queries.push(query);
      return log.read(query);
    },
  });
  await readAll();
  expect(alone).toBeLessThanOrEqual(queries.length + 3);
});

test("LogPages reads less at once when messages are large, and more when they are small", async () => {
  await log.append(Array.from({ length: 64 }, () => entry("d1", "x".repeat(500_000))));
  await readAll();
  const limits = queries.map(({ limit = 0 }) => limit);
  expect(limits[0]).toBe(16);
  expect(Math.max(...limits.slice(1))).toBeLessThanOrEqual(4);
  queries = [];
  await log.append(entriesOf(["d1"], 5_000));
  await readAll(64);
  expect(Math.max(...queries.map(({ limit = 0 }) => limit))).toBe(1_000);
});

test("LogPages asks again after a failure", async () => {
  let failures = 1;
  pages = new LogPages({
    read: async (query) => {
      if (failures > 0) {
        failures -= 1;
        throw new Error("locked");
      }
      return log.read(query);
    },
  });
  await log.append(entriesOf(["d1"], 5));
  await expect(pages.read(0)).rejects.toThrow("locked");
  expect(await readAll()).toEqual(numbers(1, 5));
});
