import { TesaError } from "@tesa/core";
import { createMemoryTelemetryLog, type Reader, type ReaderState, type TelemetryLog } from "@tesa/log";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { openPostgresMirror, type PostgresMirrorOptions } from "./index.ts";
import {
  appendMany,
  clock,
  QUICK_BACKOFF,
  startTestServer,
  type TestServer,
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
beforeEach(() => {
  tables += 1;
  table = `outage_${tables}`;
});

const memoryLog = () => createMemoryTelemetryLog({ random: Math.random, clock });

const open = (log: TelemetryLog, options: Partial<PostgresMirrorOptions> = {}) =>
  openPostgresMirror({
    connectionString: server.connectionString,
    log,
    clock,
    random: Math.random,
    backoff: QUICK_BACKOFF,
    table,
    ...options,
  });

/** How many rows there are, and how many messages they are of. */
const counted = async () =>
  (
    await server.sql(
      `SELECT count(*)::int AS rows, count(DISTINCT seq)::int AS seqs, max(seq)::int AS last FROM ${table}`,
    )
  )[0];

const allOf = (count: number) => ({ rows: count, seqs: count, last: count });

const record = (reader: Reader) => {
  const states: ReaderState[] = [];
  reader.onState((state) => states.push(state));
  return states;
};

const causes = (states: readonly ReaderState[]) =>
  states.flatMap((state) => ("error" in state ? [`${state.type}: ${state.error.message}`] : []));

/** A role of its own, with the settings given. */
const makeRole = async (name: string, ...settings: string[]) => {
  await server.sql(`CREATE ROLE ${name} LOGIN SUPERUSER PASSWORD '${server.password}'`);
  for (const setting of settings) await server.sql(`ALTER ROLE ${name} ${setting}`);
  return server.urlWith({ user: name });
};

/** The log with its cursors kept away from it. */
const withCursor = (log: TelemetryLog, save: (position: number) => Promise<void>): TelemetryLog =>
  new Proxy(log, {
    get(target, key) {
      if (key === "cursor") {
        return async (name: string) => ({
          name,
          position: 0,
          state: null,
          save: ({ position }: { position: number }) => save(position),
          close: () => {},
        });
      }
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });

test("a server that is killed and started again in the middle of batches has every message once", async () => {
  const log = memoryLog();
  await appendMany(log, 30_000);
  await using reader = await open(log, { batchSize: 100 });
  const states = record(reader);
  for (const behind of [27_000, 21_000, 15_000, 9_000, 3_000]) {
    await untilState(reader, (state) => "behind" in state && state.behind <= behind);
    await server.kill();
    await untilState(reader, ({ type }) => type === "waiting");
    await server.start();
  }
  await untilCaughtUp(reader);
  expect(await counted()).toEqual(allOf(30_000));
  expect(reader.counts).toEqual({ delivered: 30_000, deadLetters: 0, missed: 0 });
  expect(states.filter(({ type }) => type === "waiting").length).toBeGreaterThanOrEqual(5);
});

test("a server that is stopped is waited for, and its cause is told", async () => {
  const log = memoryLog();
  await appendMany(log, 5_000);
  await using reader = await open(log, { batchSize: 50 });
  const states = record(reader);
  await untilState(reader, (state) => "behind" in state && state.behind <= 4_000);
  await server.stop();
  const waiting = await untilState(
    reader,
    (state) => state.type === "waiting" && state.error.code === "network",
  );
  expect(waiting).toMatchObject({
    error: { retryable: true, message: expect.stringContaining("cannot be reached") },
  });
  await appendMany(log, 1_000);
  expect(reader.state).toMatchObject({ behind: 6_000 - reader.counts.delivered });
  await server.start();
  await untilCaughtUp(reader);
  expect(await counted()).toEqual(allOf(6_000));
  expect(causes(states).join("\n")).toMatch(/SQLSTATE 57P01|terminated unexpectedly|ECONNRESET/);
});

test("connections that an administrator ends are replaced, and nothing is lost", async () => {
  const log = memoryLog();
  await appendMany(log, 20_000);
  await using reader = await open(log, { batchSize: 100 });
  const states = record(reader);
  for (let behind = 18_000; behind >= 2_000; behind -= 2_000) {
    await untilState(reader, (state) => "behind" in state && state.behind <= behind);
    await server.sql(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tesa'",
    );
  }
  await untilCaughtUp(reader);
  expect(await counted()).toEqual(allOf(20_000));
  expect(states.some(({ type }) => type === "waiting")).toBe(true);
});

test("a connection that was ended while the mirror was idle is replaced without a wait", async () => {
  const log = memoryLog();
  await using reader = await open(log);
  await untilCaughtUp(reader);
  const states = record(reader);
  const [gone] = await server.sql(
    "SELECT pg_terminate_backend(pid, 5000) AS gone FROM pg_stat_activity WHERE application_name = 'tesa'",
  );
  expect(gone).toEqual({ gone: true });
  // The news of the end is on its way to the client.
  await new Promise((resolve) => setTimeout(resolve, 100));
  await appendMany(log, 10);
  await untilState(reader, ({ type }) => type === "caught-up" && reader.counts.delivered === 10);
  expect(states.filter(({ type }) => type === "waiting")).toEqual([]);
});

test("a mirror that crashes between the commit and the cursor's save leaves no duplicate", async () => {
  const log = memoryLog();
  await appendMany(log, 5_000);
  // Nothing is kept, and from 2,000 on, saving does not even end.
  const never = withCursor(log, (position) => (position < 2_000 ? Promise.resolve() : new Promise(() => {})));
  const crashed = await open(never, { batchSize: 100 });
  await untilState(crashed, (state) => "behind" in state && state.behind <= 3_000);
  // It hangs in the save, as a process would that was killed there: nothing of it is waited for.
  void crashed.close();
  expect((await counted())?.rows).toBeGreaterThanOrEqual(2_000);
  await using reader = await open(log);
  await reader.drain();
  expect(reader.counts.delivered).toBe(5_000);
  expect(await counted()).toEqual(allOf(5_000));
});

test("a cursor that cannot be saved for now makes the mirror wait and try again", async () => {
  const log = memoryLog();
  await appendMany(log, 100);
  let tries = 0;
  const saved: number[] = [];
  const flaky = withCursor(log, async (position) => {
    tries += 1;
    if (tries < 3) throw new TesaError("log", "The disk is full.", { retryable: true });
    saved.push(position);
  });
  await using reader = await open(flaky);
  const states = record(reader);
  await expect.poll(() => saved, { timeout: 10_000 }).toEqual([100]);
  expect(causes(states)).toEqual(["waiting: The disk is full.", "waiting: The disk is full."]);
  expect(await counted()).toEqual(allOf(100));
});

test("a server that is away at the start is waited for", async () => {
  await server.stop();
  const log = memoryLog();
  await appendMany(log, 1_234);
  await using reader = await open(log);
  expect(reader.state).toMatchObject({ type: "waiting", behind: 1_234, error: { code: "network" } });
  await server.start();
  await untilCaughtUp(reader);
  expect(await counted()).toEqual(allOf(1_234));
});

test("drain() ends at once while the server is away, and the place is kept", async () => {
  const log = memoryLog();
  await appendMany(log, 500);
  await server.stop();
  const reader = await open(log, { backoff: { ...QUICK_BACKOFF, firstMs: 60_000, maxMs: 60_000 } });
  await reader.drain();
  await server.start();
  expect(reader.state).toEqual({ type: "closed" });
  expect(await log.cursors()).toEqual([{ name: reader.name, position: 0 }]);
});

test("a role without a free connection is waited for", async () => {
  const url = await makeRole("crowded", "CONNECTION LIMIT 0", "NOSUPERUSER");
  await server.sql("GRANT CREATE ON SCHEMA public TO crowded");
  const log = memoryLog();
  await appendMany(log, 10);
  await using reader = await open(log, { connectionString: url });
  expect(reader.state).toMatchObject({ type: "waiting" });
  expect(causes([reader.state])[0]).toContain("SQLSTATE 53300");
  await server.sql("ALTER ROLE crowded CONNECTION LIMIT 5");
  await untilCaughtUp(reader);
  expect(await counted()).toEqual(allOf(10));
});

test("a table that is locked is waited for", async () => {
  const url = await makeRole("impatient", "SET lock_timeout = '50ms'");
  const log = memoryLog();
  await using reader = await open(log, { connectionString: url });
  await untilCaughtUp(reader);
  const holder = new pg.Client(server.connectionString);
  await holder.connect();
  try {
    await holder.query("BEGIN");
    await holder.query(`LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
    await appendMany(log, 20);
    const waiting = await untilState(reader, ({ type }) => type === "waiting");
    expect(causes([waiting])[0]).toContain("SQLSTATE 55P03");
    await holder.query("ROLLBACK");
  } finally {
    await holder.end();
  }
  await untilCaughtUp(reader);
  expect(await counted()).toEqual(allOf(20));
});

test("a batch that takes longer than the server allows is sent in smaller ones", async () => {
  const url = await makeRole("hasty", "SET statement_timeout = '250ms'");
  const log = memoryLog();
  await using reader = await open(log, { connectionString: url, batchSize: 64 });
  await untilCaughtUp(reader);
  await server.sql(`CREATE FUNCTION ${table}_slow() RETURNS trigger LANGUAGE plpgsql AS
                    'BEGIN PERFORM pg_sleep(0.01); RETURN NEW; END'`);
  await server.sql(
    `CREATE TRIGGER slow BEFORE INSERT ON ${table} FOR EACH ROW EXECUTE FUNCTION ${table}_slow()`,
  );
  const states = record(reader);
  await appendMany(log, 64);
  await untilState(reader, ({ type }) => type === "caught-up");
  expect(await counted()).toEqual(allOf(64));
  expect(causes(states).join()).toContain("SQLSTATE 57014");
});

test("two mirrors under serializable isolation into one table do not lose what is rolled back", async () => {
  const url = await makeRole("strict", "SET default_transaction_isolation = serializable");
  const logs = [memoryLog(), memoryLog()];
  for (const log of logs) await appendMany(log, 2_000);
  const readers = await Promise.all(logs.map((log) => open(log, { connectionString: url, batchSize: 50 })));
  await Promise.all(readers.map((reader) => untilCaughtUp(reader)));
  await Promise.all(readers.map((reader) => reader.close()));
  expect(await counted()).toEqual({ rows: 4_000, seqs: 2_000, last: 2_000 });
});

test("a table that is renamed away is made anew for what comes", async () => {
  const log = memoryLog();
  await appendMany(log, 10);
  await using reader = await open(log);
  await untilCaughtUp(reader);
  await server.sql(`ALTER TABLE ${table} RENAME TO ${table}_old`);
  await appendMany(log, 10);
  await untilState(reader, ({ type }) => type === "caught-up" && reader.counts.delivered === 20);
  expect(await counted()).toEqual({ rows: 10, seqs: 10, last: 20 });
});

test("a table that changes its shape pauses the mirror until it fits again", async () => {
  const log = memoryLog();
  await using reader = await open(log);
  await untilCaughtUp(reader);
  await server.sql(`ALTER TABLE ${table} RENAME COLUMN sensor TO what`);
  await appendMany(log, 10);
  const paused = await untilState(
    reader,
    (state) => state.type === "paused" && state.error.message.includes("another shape"),
  );
  expect(paused).toMatchObject({ behind: 10, error: { code: "config" } });
  expect(causes([paused])[0]).toContain("column sensor (text) is missing");
  await server.sql(`ALTER TABLE ${table} RENAME COLUMN what TO sensor`);
  await untilCaughtUp(reader);
  expect(await counted()).toEqual(allOf(10));
});

test("a changed password pauses the mirror until it is right again, and is never told", async () => {
  const url = await makeRole("moody");
  const log = memoryLog();
  await using reader = await open(log, { connectionString: url });
  await untilCaughtUp(reader);
  await server.sql("ALTER ROLE moody PASSWORD 'another'");
  await server.sql("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = 'moody'");
  await appendMany(log, 10);
  const paused = await untilState(reader, ({ type }) => type === "paused");
  expect(causes([paused])[0]).toMatch(/"moody" \(SQLSTATE 28P01\)\. Check user and password/);
  await server.sql(`ALTER ROLE moody PASSWORD '${server.password}'`);
  await untilCaughtUp(reader);
  expect(await counted()).toEqual(allOf(10));
});

test("a server that stops taking writes pauses the mirror", async () => {
  const url = await makeRole("reader");
  const log = memoryLog();
  await using reader = await open(log, { connectionString: url });
  await untilCaughtUp(reader);
  await server.sql("ALTER ROLE reader SET default_transaction_read_only = on");
  await server.sql("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = 'reader'");
  await appendMany(log, 10);
  const paused = await untilState(reader, ({ type }) => type === "paused");
  expect(causes([paused])[0]).toContain("takes no writes");
  await server.sql("ALTER ROLE reader RESET default_transaction_read_only");
  await untilCaughtUp(reader);
  expect(await counted()).toEqual(allOf(10));
});
