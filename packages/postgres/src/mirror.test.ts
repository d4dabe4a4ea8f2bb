import { createMemoryTelemetryLog, type TelemetryLog } from "@tesa/log";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { openPostgresMirror, type PostgresMirrorOptions } from "./index.ts";
import {
  appendMany,
  appendOne,
  clock,
  QUICK_BACKOFF,
  RECEIVED_AT,
  startTestServer,
  type TestServer,
  telemetry,
  untilCaughtUp,
  untilState,
} from "./testing/test-bed.ts";

let server: TestServer;
let tables = 0;
let table = "";

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());
afterEach(() => {
  tables += 1;
});

const memoryLog = (retention = {}) => createMemoryTelemetryLog({ random: Math.random, clock, retention });

const open = (log: TelemetryLog, options: Partial<PostgresMirrorOptions> = {}) => {
  table = `mirror_${tables}`;
  return openPostgresMirror({
    connectionString: server.connectionString,
    log,
    clock,
    random: Math.random,
    backoff: QUICK_BACKOFF,
    table,
    ...options,
  });
};

const rows = (columns = "*") => server.sql(`SELECT ${columns} FROM ${table} ORDER BY log_id, seq`);

test("a message is mirrored column by column", async () => {
  const log = memoryLog();
  await appendMany(log, 1);
  await appendOne(log, {
    topic: "device/g1/telemetry",
    sensor: null,
    deviceId: null,
    timestamp: null,
    readings: [],
    payload: new Uint8Array([0, 255, 254, 1]),
    format: "binary",
    qos: 0,
    retained: true,
    warnings: ["topic-unexpected", "timestamp-unreadable"],
  });
  await using reader = await open(log);
  await untilCaughtUp(reader);
  expect(await rows()).toEqual([
    {
      log_id: log.id,
      seq: "1",
      received_at: new Date(RECEIVED_AT + 1),
      device_time: new Date(RECEIVED_AT - 4),
      topic: "device/device-1/telemetry/temperature",
      device_id: "device-1",
      sensor: "temperature",
      readings: [{ sensor: "temperature", value: 0.25, unit: "°C" }],
      payload: Buffer.from('{"value":0.25,"number":1}'),
      format: "json",
      qos: 1,
      retained: false,
      warnings: [],
    },
    {
      log_id: log.id,
      seq: "2",
      received_at: new Date(RECEIVED_AT + 2),
      device_time: null,
      topic: "device/g1/telemetry",
      device_id: null,
      sensor: null,
      readings: [],
      payload: Buffer.from([0, 255, 254, 1]),
      format: "binary",
      qos: 0,
      retained: true,
      warnings: ["topic-unexpected", "timestamp-unreadable"],
    },
  ]);
  expect(reader.counts).toEqual({ delivered: 2, deadLetters: 0, missed: 0 });
});

test("a backlog of 50,000 messages is caught up and then followed", async () => {
  const log = memoryLog();
  await appendMany(log, 50_000);
  const behind: number[] = [];
  await using reader = await open(log);
  reader.onState((state) => {
    if (state.type === "reading") behind.push(state.behind);
  });
  await untilCaughtUp(reader);
  expect(reader.counts.delivered).toBe(50_000);
  expect(behind).toEqual([...behind].sort((a, b) => b - a));
  expect(behind.length).toBeGreaterThan(40);

  await appendMany(log, 3);
  await untilState(reader, ({ type }) => type === "caught-up" && reader.counts.delivered === 50_003);
  const [sums] = await server.sql(
    `SELECT count(*)::int AS count, count(DISTINCT seq)::int AS seqs, min(seq)::int AS first, max(seq)::int AS last,
            sum((readings->0->>'value')::float8) AS sum FROM ${table}`,
  );
  const sum = (50_003 * 50_004) / 2 / 4;
  expect(sums).toEqual({ count: 50_003, seqs: 50_003, first: 1, last: 50_003, sum });
});

test("two logs are mirrored into one table, each row once", async () => {
  const logs = [memoryLog(), memoryLog()];
  for (const log of logs) await appendMany(log, 3_500);
  const readers = await Promise.all(logs.map((log) => open(log, { batchSize: 100 })));
  await Promise.all(readers.map((reader) => reader.drain()));
  const counted = await server.sql(
    `SELECT log_id, count(*)::int AS count, max(seq)::int AS last FROM ${table} GROUP BY log_id`,
  );
  const expected = logs.map(({ id }) => ({ log_id: id, count: 3_500, last: 3_500 }));
  expect(counted).toHaveLength(2);
  expect(counted).toEqual(expect.arrayContaining(expected));
});

test("what PostgreSQL cannot store is replaced in the columns, said so, and exact in the payload", async () => {
  const log = memoryLog();
  const long = "s".repeat(10_000);
  await appendOne(log, { topic: "device/a\0b/telemetry/c", deviceId: "a\0b", sensor: "c\ud800" });
  await appendOne(log, {
    readings: [
      { sensor: "nul\0 and \\u0000", value: "\ud800 \udc00 \ud83d\ude00", unit: "\0" },
      { sensor: "n", value: Number.NaN, unit: null },
      { sensor: "i", value: Number.POSITIVE_INFINITY, unit: null },
      { sensor: "large", value: 1.7976931348623157e308, unit: null },
      { sensor: "small", value: 5e-324, unit: null },
    ],
    payload: new Uint8Array([0x7b, 0, 0xc3, 0x28, 0xed, 0xa0, 0x80]),
  });
  await appendOne(log, { timestamp: Date.UTC(275_760, 0, 1) });
  await appendOne(log, { timestamp: 9_404_000_000_000_000 });
  await appendOne(log, { timestamp: -8.64e15 });
  await appendOne(log, { timestamp: Number.NaN });
  await appendOne(log, { timestamp: RECEIVED_AT + 0.25 });
  await appendOne(log, { sensor: long, topic: `device/x/telemetry/${long}`, warnings: ["precision-lost"] });
  await using reader = await open(log);
  await untilCaughtUp(reader);
  expect(reader.counts).toEqual({ delivered: 8, deadLetters: 0, missed: 0 });
  const found = await rows("*, extract(epoch FROM device_time)::text AS seconds");
  expect(found.map((row) => row.warnings)).toEqual([
    ["column-replaced"],
    ["column-replaced"],
    [],
    ["column-replaced"],
    ["column-replaced"],
    ["column-replaced"],
    [],
    ["precision-lost", "column-replaced"],
  ]);
  expect(found[0]).toMatchObject({
    topic: "device/a\ufffdb/telemetry/c",
    device_id: "a\ufffdb",
    sensor: "c\ufffd",
  });
  expect(found[1]?.readings).toEqual([
    { sensor: "nul\ufffd and \\u0000", value: "\ufffd \ufffd \ud83d\ude00", unit: "\ufffd" },
    { sensor: "n", value: null, unit: null },
    { sensor: "i", value: null, unit: null },
    { sensor: "large", value: 1.7976931348623157e308, unit: null },
    { sensor: "small", value: 5e-324, unit: null },
  ]);
  expect(found[1]?.payload).toEqual(Buffer.from([0x7b, 0, 0xc3, 0x28, 0xed, 0xa0, 0x80]));
  expect(found.slice(2, 7).map(({ seconds }) => seconds)).toEqual([
    `${Date.UTC(275_760, 0, 1) / 1000}.000000`,
    null,
    null,
    null,
    `${RECEIVED_AT / 1000}.000250`,
  ]);
  expect(found[7]).toMatchObject({ sensor: long.slice(0, 512), topic: `device/x/telemetry/${long}` });
});

test("messages of 10 MB are mirrored whole, a few at a time", async () => {
  const log = memoryLog();
  for (let number = 1; number <= 5; number += 1) {
    await appendOne(log, {
      payload: new Uint8Array(10_000_000).fill(number),
      format: "binary",
      readings: [],
    });
  }
  await using reader = await open(log);
  await reader.drain();
  const found = await rows("octet_length(payload) AS size, get_byte(payload, 9999999) AS last");
  expect(found).toEqual([1, 2, 3, 4, 5].map((last) => ({ size: 10_000_000, last })));
});

test("a row that the table refuses becomes a dead letter and the others go on", async () => {
  const log = memoryLog();
  await appendMany(log, 1_500);
  const first = await open(log);
  await first.drain();
  await server.sql(`TRUNCATE ${table}`);
  await server.sql(`ALTER TABLE ${table} ADD CHECK (seq NOT IN (1501, 1777, 1778, 2500))`);
  await appendMany(log, 1_500);
  await using reader = await open(log, { name: "second" });
  await reader.drain();
  expect(reader.counts).toEqual({ delivered: 2_996, deadLetters: 4, missed: 0 });
  expect(await rows("seq")).toHaveLength(2_996);
  const letters = await log.deadLetters();
  expect(letters.map(({ reader: name, message }) => [name, message.seq])).toEqual([
    ["second", 1501],
    ["second", 1777],
    ["second", 1778],
    ["second", 2500],
  ]);
  expect(letters[0]?.reason).toMatch(/violates check constraint .* \(SQLSTATE 23514\)/);
  expect(letters[0]?.message).toEqual(telemetry(1501));
  expect((await log.cursors()).find(({ name }) => name === "second")?.position).toBe(3_000);
});

test("a table that refuses everything pauses the mirror instead of filling the dead letters", async () => {
  const log = memoryLog();
  await appendMany(log, 1);
  await using reader = await open(log);
  await untilCaughtUp(reader);
  await server.sql(`ALTER TABLE ${table} ADD CHECK (seq < 2 OR seq > 400) NOT VALID`);
  await appendMany(log, 500);
  const paused = await untilState(reader, ({ type }) => type === "paused");
  expect(paused).toMatchObject({ behind: 400, error: { code: "config", retryable: false } });
  expect(paused).toMatchObject({ error: { message: expect.stringMatching(/last 100.*SQLSTATE 23514/) } });
  expect(reader.counts).toEqual({ delivered: 1, deadLetters: 100, missed: 0 });
  await server.sql(`ALTER TABLE ${table} DROP CONSTRAINT ${table}_seq_check`);
  await untilCaughtUp(reader);
  expect(reader.counts).toEqual({ delivered: 401, deadLetters: 100, missed: 0 });
});

test("a message that a unique index of the table's owner refuses is no duplicate but a dead letter", async () => {
  const log = memoryLog();
  await appendMany(log, 10);
  await using reader = await open(log);
  await untilCaughtUp(reader);
  await server.sql(`CREATE UNIQUE INDEX ON ${table} (device_time)`);
  await appendOne(log, { timestamp: RECEIVED_AT });
  await untilState(reader, ({ type }) => type === "caught-up" && reader.counts.deadLetters === 1);
  expect((await log.deadLetters())[0]?.reason).toContain("SQLSTATE 23505");
});

test("a table that holds other messages under the same log and number pauses the mirror", async () => {
  const log = memoryLog();
  await appendMany(log, 5);
  const first = await open(log);
  await first.drain();
  await server.sql(`UPDATE ${table} SET received_at = received_at + interval '1 ms' WHERE seq = 3`);
  await using reader = await open(log, { name: "again" });
  const paused = await untilState(reader, ({ type }) => type === "paused");
  expect(paused).toMatchObject({
    behind: 5,
    error: { message: expect.stringContaining("another message as number 3") },
  });
});

test("messages that retention removed before their turn are counted as missed", async () => {
  const log = memoryLog({ maxRows: 1_000 });
  await appendMany(log, 2_500);
  await using reader = await open(log, { batchSize: 300 });
  await reader.drain();
  const { firstSeq } = await log.bounds();
  expect(reader.counts).toEqual({ delivered: 2_501 - firstSeq, deadLetters: 0, missed: firstSeq - 1 });
  expect(firstSeq).toBeGreaterThan(1);
});

test("drain() ends with what was in the log when it was called, and keeps the place", async () => {
  const log = memoryLog();
  await appendMany(log, 700);
  const reader = await open(log, { batchSize: 200 });
  const drained = Promise.all([reader.drain(), reader.drain()]);
  await drained;
  expect(reader.state).toEqual({ type: "closed" });
  expect(await log.cursors()).toEqual([{ name: reader.name, position: 700 }]);
  await appendMany(log, 5);
  expect((await rows()).length).toBe(700);
  await reader.close();
});

test("one mirror of a name at a time follows a log; a second one is told so, and has its turn after the first", async () => {
  const log = memoryLog();
  await appendMany(log, 3);
  const first = await open(log);
  await expect(open(log)).rejects.toMatchObject({ code: "usage" });
  await first.drain();
  await using second = await open(log);
  await second.drain();
  expect((await rows()).length).toBe(3);
  expect(second.counts.delivered).toBe(0);
});

test("drain() of an empty log ends at once", async () => {
  const reader = await open(memoryLog());
  await reader.drain();
  expect(reader.counts).toEqual({ delivered: 0, deadLetters: 0, missed: 0 });
});

test("close() ends at once in the middle of a statement, twice, and the next run goes on without a seam", async () => {
  const log = memoryLog();
  await appendMany(log, 2_000);
  const first = await open(log, { batchSize: 500 });
  await untilState(first, (state) => state.type === "reading" && state.behind <= 1_500);
  await Promise.all([first.close(), first.close()]);
  expect(first.state).toEqual({ type: "closed" });
  const place = (await log.cursors())[0]?.position ?? 0;
  expect(place).toBeGreaterThanOrEqual(500);
  await using second = await open(log);
  await second.drain();
  // It has begun where the first one ended, not at the beginning.
  expect(second.counts.delivered).toBe(2_000 - place);
  expect((await rows("seq::int")).map(({ seq }) => seq)).toEqual(
    Array.from({ length: 2_000 }, (_, i) => i + 1),
  );
});

test("the cursor follows while the mirror is idle, and its name tells the target without a secret", async () => {
  const log = memoryLog();
  await appendMany(log, 10);
  await using reader = await open(log);
  await untilCaughtUp(reader);
  expect(reader.name).toBe(`postgres:127.0.0.1:${server.port}/postgres.${table}`);
  await expect
    .poll(async () => await log.cursors(), { timeout: 5_000 })
    .toEqual([{ name: reader.name, position: 10 }]);
});
