import { readFileSync } from "node:fs";
import { createMemoryTelemetryLog } from "@tesa/log";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openPostgresMirror } from "./index.ts";
import { COLUMNS } from "./table-definition.ts";
import { appendMany, appendOne, clock, startTestServer, type TestServer } from "./testing/test-bed.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const statements = [...readme.matchAll(/^```sql\n(.*?)^```/gms)].map(([, text = ""]) => text);

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

test("the table and the queries of the README are as the mirror makes and fills them", async () => {
  const [table = "", index = "", latest = "", means = "", silent = "", ...others] = statements;
  expect(others).toEqual([]);
  await server.sql(table);
  await server.sql(index);

  const log = createMemoryTelemetryLog({ random: Math.random, clock });
  const log2 = createMemoryTelemetryLog({ random: Math.random, clock });
  await appendMany(log, 20);
  for (const value of [20, 22]) {
    const reading = { sensor: "temperature", value, unit: "°C" };
    await appendOne(log2, { deviceId: "now", receivedAt: Date.now(), readings: [reading] });
  }
  for (const each of [log, log2]) {
    const reader = await openPostgresMirror({
      connectionString: server.connectionString,
      log: each,
      clock,
      random: Math.random,
    });
    await reader.drain();
    expect(reader.counts.deadLetters).toBe(0);
  }
  expect(await server.sql(latest)).toMatchObject([{ device_id: "now", readings: [{ value: 22 }] }]);
  const perMinute = await server.sql(means);
  expect(perMinute.map(({ device_id }) => device_id)).toEqual(perMinute.map(() => "now"));
  expect((await server.sql(silent)).map(({ device_id }) => device_id)).toHaveLength(7);
});

test("the README's table has the columns in the order in which the mirror makes them", async () => {
  const listed = [...(statements[0] ?? "").matchAll(/^ {2}([a-z_]+) /gm)].map(([, name]) => name);
  expect(listed).toEqual(COLUMNS.map(({ name }) => name));
});
