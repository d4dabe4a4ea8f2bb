import { expect, test } from "vitest";
import { follow } from "./follow.ts";
import { createMemoryTelemetryLog } from "./memory.ts";
import type { TelemetryLog } from "./telemetry-log.ts";

function openLog(): TelemetryLog {
  let chance = 0;
  const random = () => {
    chance = (chance + 0.37) % 1;
    return chance;
  };
  return createMemoryTelemetryLog({ random, clock: { now: () => 0 } });
}

async function append(log: TelemetryLog, ...devices: readonly string[]): Promise<void> {
  await log.append(
    devices.map((deviceId) => ({
      packetId: undefined,
      message: {
        topic: `device/${deviceId}/telemetry`,
        deviceId,
        sensor: null,
        receivedAt: 0,
        timestamp: null,
        readings: [],
        payload: new Uint8Array(),
        format: "text",
        qos: 0,
        retained: false,
        warnings: [],
      },
    })),
  );
}

test("follow() gives what is there and what comes, each once and in order", async () => {
  await using log = openLog();
  const stop = new AbortController();
  await append(log, "a", "b", "c");
  const seqs: number[] = [];
  for await (const { messages } of follow(log, { signal: stop.signal, limit: 2 })) {
    seqs.push(...messages.map(({ seq }) => seq));
    // While a page is dealt with, more arrives: during the first, and when all had been read.
    if (seqs.length === 2) await append(log, "d");
    if (seqs.length === 4) setTimeout(() => void append(log, "e", "f"), 5);
    if (seqs.length === 6) stop.abort();
  }
  expect(seqs).toEqual([1, 2, 3, 4, 5, 6]);
});

test("follow() begins behind the given place and looks for one device", async () => {
  await using log = openLog();
  const stop = new AbortController();
  await append(log, "a", "b", "a", "b", "a");
  const seqs: number[] = [];
  for await (const page of follow(log, { signal: stop.signal, after: 1, device: "a" })) {
    seqs.push(...page.messages.map(({ seq }) => seq));
    if (page.lastSeq === 5) stop.abort();
  }
  expect(seqs).toEqual([3, 5]);
});

test("follow() ends when it is aborted while it waits, and forgets the log", async () => {
  await using log = openLog();
  const stop = new AbortController();
  let forgotten = false;
  const watched = new Proxy(log, {
    get(target, key) {
      if (key === "onAppend") {
        return (listener: (lastSeq: number) => void) => {
          const forget = target.onAppend(listener);
          return () => {
            forgotten = true;
            forget();
          };
        };
      }
      const value = Reflect.get(target, key);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  setTimeout(() => stop.abort(), 5);
  for await (const page of follow(watched, { signal: stop.signal })) expect(page).toBeUndefined();
  expect(forgotten).toBe(true);
});
