import { systemClock } from "@tesa/core/mqtt";
import { createMemoryTelemetryLog, type TelemetryLog } from "@tesa/log";
import { entries } from "@tesa/log/testing";
import { expect, test } from "vitest";
import { Outlet } from "./outlet.ts";

const NAME = "node-red:node-1";

function openLog(): TelemetryLog {
  return createMemoryTelemetryLog({ random: Math.random, clock: systemClock });
}

/** An outlet, what it has handed out, and why it failed. */
async function openOutlet(log: TelemetryLog) {
  const seqs: number[] = [];
  const failures: unknown[] = [];
  const outlet = await Outlet.open({
    log,
    name: NAME,
    onMessages: (messages) => seqs.push(...messages.map(({ seq }) => seq)),
    onFailure: (error) => failures.push(error),
  });
  return { outlet, seqs, failures };
}

test("an outlet that has drained gives its place back: the next one on the same log goes on behind it", async () => {
  await using log = openLog();
  await log.append(entries(3));
  const first = await openOutlet(log);
  await first.outlet.drain();
  await log.append(entries(2));
  const second = await openOutlet(log);
  await second.outlet.drain();
  expect([first.seqs, second.seqs]).toEqual([
    [1, 2, 3],
    [4, 5],
  ]);
  expect([...first.failures, ...second.failures]).toEqual([]);
});

test("an outlet that is closed, even twice, gives its place back", async () => {
  await using log = openLog();
  const { outlet, failures } = await openOutlet(log);
  await expect(log.cursor(NAME)).rejects.toMatchObject({ code: "usage" });
  await Promise.all([outlet.close(), outlet.close()]);
  (await log.cursor(NAME)).close();
  expect(failures).toEqual([]);
});

test("an outlet whose log cannot be read says so once, and gives its place back", async () => {
  await using log = openLog();
  await log.append(entries(1));
  const gone = new Error("the disk is gone");
  const broken = new Proxy(log, {
    get(target, key) {
      if (key === "read") return () => Promise.reject(gone);
      const value = Reflect.get(target, key, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  const { outlet, seqs, failures } = await openOutlet(broken);
  await outlet.close();
  expect({ seqs, failures }).toEqual({ seqs: [], failures: [gone] });
  (await log.cursor(NAME)).close();
});
