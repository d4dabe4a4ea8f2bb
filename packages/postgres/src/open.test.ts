import { writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { TesaError } from "@tesa/core";
import { createMemoryTelemetryLog } from "@tesa/log";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { openPostgresMirror, type PostgresMirrorOptions } from "./index.ts";
import { createStatements } from "./table-definition.ts";
import { makeCertificate } from "./testing/certificate.ts";
import { appendMany, clock, QUICK_BACKOFF, startTestServer, type TestServer } from "./testing/test-bed.ts";

let server: TestServer;
let tables = 0;
let table = "";

beforeAll(async () => {
  server = await startTestServer();
  await server.sql(`CREATE ROLE plain LOGIN PASSWORD '${server.password}'`);
});
afterAll(() => server[Symbol.asyncDispose]());
beforeEach(() => {
  tables += 1;
  table = `open_${tables}`;
});

const open = async (options: Partial<PostgresMirrorOptions> = {}, count = 3) => {
  const log = createMemoryTelemetryLog({ random: Math.random, clock });
  await appendMany(log, count);
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

/** The error of a mirror that does not open. */
const refusal = async (options: Partial<PostgresMirrorOptions>): Promise<TesaError> => {
  const outcome = await open(options).catch((error: unknown) => error);
  if (outcome instanceof TesaError) return outcome;
  throw new Error(`No refusal but ${inspect(outcome)}`);
};

const mirrored = async (options: Partial<PostgresMirrorOptions> = {}) => {
  const reader = await open(options);
  await reader.drain();
  return reader.counts.delivered;
};

const definition = async () => {
  const columns = await server.sql(
    "SELECT attname, atttypid::regtype::text, attnotnull FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0",
    [table],
  );
  return JSON.stringify(columns);
};

test("a wrong password is refused at once, and no part of it is told", async () => {
  const error = await refusal({
    connectionString: server.connectionString.replace(server.password, "wr0ng%2Fpa%C3%9Fw0rd"),
  });
  expect(error).toMatchObject({ code: "config", retryable: false });
  expect(error.message).toMatch(/password authentication failed for user "postgres" \(SQLSTATE 28P01\)/);
  expect(inspect(error, { depth: 10, showHidden: true }) + JSON.stringify(error)).not.toMatch(/wr0ng|w0rd/);
});

test("the password is in nothing that an open mirror shows", async () => {
  await using reader = await open();
  const shown = [
    inspect(reader, { depth: 10, showHidden: true }),
    JSON.stringify(reader),
    reader.name,
  ].join();
  expect(shown).not.toContain(server.password);
});

test("a missing password is named as what is wrong", async () => {
  const error = await refusal({ connectionString: `postgres://postgres@127.0.0.1:${server.port}/postgres` });
  expect(error.code).toBe("config");
  expect(error.message).toContain("Check user and password");
});

test.each([
  [
    "an unknown database",
    { database: "nowhere" },
    /"nowhere" does not exist \(SQLSTATE 3D000\).*Create the database/,
  ],
  ["an unknown user", { user: "nobody" }, /SQLSTATE 28P01/],
  [
    "a user that may not make the table",
    { user: "plain" },
    /permission denied.*SQLSTATE 42501.*Grant INSERT and SELECT/,
  ],
])("%s is refused at once", async (_what, parts, message) => {
  const error = await refusal({ connectionString: server.urlWith(parts) });
  expect(error.code).toBe("config");
  expect(error.message).toMatch(message);
});

test("a user who may only insert into the table and read it is enough", async () => {
  await mirrored();
  await server.sql(`GRANT INSERT ON ${table} TO plain`);
  const connectionString = server.urlWith({ user: "plain" });
  expect((await refusal({ connectionString })).message).toContain("GRANT INSERT, SELECT");
  await server.sql(`GRANT SELECT ON ${table} TO plain`);
  expect(await mirrored({ connectionString })).toBe(3);
});

test("a database of another encoding than UTF-8 is refused", async () => {
  await server.sql("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0");
  const error = await refusal({ connectionString: server.urlWith({ database: "latin" }) });
  expect(error.message).toContain("encoding LATIN1");
});

test("a table of another shape is refused with its differences and not touched", async () => {
  await server.sql(`CREATE TABLE ${table} (log_id text, seq int, received_at timestamptz, device_id text NOT NULL,
                    sensor text, payload text, format text, qos smallint, retained boolean, warnings text[],
                    room text NOT NULL, PRIMARY KEY (log_id, seq))`);
  const before = await definition();
  const error = await refusal({});
  expect(error.code).toBe("config");
  expect(error.message).toBe(
    `The table "public"."${table}" in PostgreSQL has another shape and is left as it is: ` +
      "column seq is integer instead of bigint; column device_time (timestamp with time zone) is missing; " +
      "column topic (text) is missing; column device_id must not be NOT NULL; column readings (jsonb) is missing; " +
      "column payload is text instead of bytea; column room is NOT NULL and has no default. Give another name.",
  );
  expect(await definition()).toBe(before);
  expect(await server.sql(`SELECT * FROM ${table}`)).toEqual([]);
});

test("a table without the key is refused, for nothing would keep duplicates out", async () => {
  const [statement = ""] = createStatements(table);
  await server.sql(statement.replace(/,\s*PRIMARY KEY \([^)]*\)/, ""));
  expect((await refusal({})).message).toContain("no unique index on (log_id, seq)");
  await server.sql(`CREATE UNIQUE INDEX ON ${table} (log_id, seq) WHERE seq > 0`);
  expect((await refusal({})).message).toContain("no unique index");
  await server.sql(`CREATE UNIQUE INDEX ON ${table} (seq, log_id)`);
  expect(await mirrored()).toBe(3);
});

test("a view of the table's name is refused", async () => {
  await server.sql(`CREATE VIEW ${table} AS SELECT 1 AS seq`);
  expect((await refusal({})).message).toContain("is no table");
});

test("columns that fill themselves may be added to the table", async () => {
  await mirrored();
  await server.sql(`ALTER TABLE ${table} ADD note text, ADD stored_at timestamptz NOT NULL DEFAULT now(),
    ADD temperature float8 GENERATED ALWAYS AS ((readings->0->>'value')::float8) STORED`);
  expect(await mirrored()).toBe(3);
  const rows = await server.sql(`SELECT seq::int, temperature FROM ${table} ORDER BY seq LIMIT 2`);
  expect(rows).toEqual([
    { seq: 1, temperature: 0.25 },
    { seq: 1, temperature: 0.25 },
  ]);
});

test("a table partitioned by time takes the rows, each once", async () => {
  const [statement = ""] = createStatements(table);
  await server.sql(
    `${statement.replace("(log_id, seq)", "(log_id, seq, received_at)")} PARTITION BY RANGE (received_at)`,
  );
  await server.sql(`CREATE TABLE ${table}_all PARTITION OF ${table} DEFAULT`);
  const log = createMemoryTelemetryLog({ random: Math.random, clock });
  await appendMany(log, 10);
  expect(await mirrored({ log, name: "once" })).toBe(10);
  expect(await mirrored({ log, name: "twice" })).toBe(10);
  expect(await server.sql(`SELECT count(*)::int FROM ${table}`)).toEqual([{ count: 10 }]);
});

test("workers that all find the table missing make it once", async () => {
  const readers = await Promise.all(Array.from({ length: 8 }, () => open({}, 100)));
  await Promise.all(readers.map((reader) => reader.drain()));
  expect(await server.sql(`SELECT count(*)::int FROM ${table}`)).toEqual([{ count: 800 }]);
  expect(await server.sql("SELECT count(*)::int FROM pg_indexes WHERE tablename = $1", [table])).toEqual([
    { count: 2 },
  ]);
});

test("a table in a schema of its own, with any name, is found and made", async () => {
  const strange = 'We"ird Näme';
  expect((await refusal({ table: `telemetry.${strange}` })).message).toMatch(
    /SQLSTATE 3F000.*Create the schema/,
  );
  await server.sql("CREATE SCHEMA telemetry");
  expect(await mirrored({ table: `telemetry.${strange}` })).toBe(3);
  expect(await mirrored({ table: `telemetry.${strange}` })).toBe(3);
  expect(await server.sql('SELECT count(*)::int FROM telemetry."We""ird Näme"')).toEqual([{ count: 6 }]);
});

test("a table that the search path finds in another schema is used there", async () => {
  await server.sql("CREATE SCHEMA elsewhere");
  await server.sql(createStatements(`elsewhere.${table}`)[0] ?? "");
  const query = `?options=${encodeURIComponent("-c search_path=public,elsewhere")}`;
  expect(await mirrored({ connectionString: server.urlWith({ query }) })).toBe(3);
  expect(await server.sql(`SELECT count(*)::int FROM elsewhere.${table}`)).toEqual([{ count: 3 }]);
});

test.each([0, 10_001, 1.5, Number.NaN])("a batch size of %d is refused", async (batchSize) => {
  expect(await refusal({ batchSize })).toMatchObject({ code: "usage" });
});

test("a mirror that did not open leaves its name in the log free", async () => {
  const log = createMemoryTelemetryLog({ random: Math.random, clock });
  await refusal({ log, connectionString: server.urlWith({ user: "plain" }) });
  expect(await log.cursors()).toEqual([]);
});

test("a server without TLS is refused where TLS is asked for", async () => {
  const error = await refusal({ connectionString: server.urlWith({ query: "?sslmode=require" }) });
  expect(error.code).toBe("config");
  expect(error.message).toMatch(/does not support SSL.*sslmode=disable/);
});

test("TLS is verified: the authority can be given by option or by file", async () => {
  const tls = await makeCertificate({ host: "localhost" });
  await using secure = await startTestServer({ tls });
  const folder = await mkdtemp(join(tmpdir(), "tesa-postgres-ca-"));
  try {
    const file = join(folder, "ca");
    writeFileSync(file, tls.certificate);
    const url = (query: string) => secure.urlWith({ query }).replace("127.0.0.1", "localhost");
    expect(await refusal({ connectionString: url("?sslmode=require") })).toMatchObject({
      code: "tls-untrusted",
    });
    expect(
      await mirrored({ connectionString: url("?sslmode=require"), caCertificates: tls.certificate }),
    ).toBe(3);
    expect(await mirrored({ connectionString: url(`?sslrootcert=${encodeURIComponent(file)}`) })).toBe(3);
    await using reader = await open({
      connectionString: url("?sslmode=verify-full"),
      caCertificates: tls.certificate,
    });
    expect(reader.state.type).not.toBe("paused");
    const encrypted = await secure.sql(
      "SELECT ssl, version FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'tesa'",
    );
    expect(encrypted).toEqual([{ ssl: true, version: "TLSv1.3" }]);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test.each([
  ["for another host", { host: "another.example" }, "tls-host-name"],
  ["that has expired", { host: "localhost", expired: true }, "tls-expired"],
])("a certificate %s is refused", async (_what, options, code) => {
  const tls = await makeCertificate(options);
  await using secure = await startTestServer({ tls });
  const connectionString = secure.urlWith({ query: "?sslmode=require" }).replace("127.0.0.1", "localhost");
  expect(await refusal({ connectionString, caCertificates: tls.certificate })).toMatchObject({ code });
});
