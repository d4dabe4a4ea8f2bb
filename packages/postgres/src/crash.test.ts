import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { openSqliteLog } from "@tesa/log/sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openPostgresMirror } from "./index.ts";
import { appendMany, clock, startTestServer, type TestServer } from "./testing/test-bed.ts";

let server: TestServer;
let folder = "";
beforeAll(async () => {
  server = await startTestServer();
  folder = await mkdtemp(join(tmpdir(), "tesa-postgres-crash-"));
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

/** Runs the mirror as a process of its own, and kills it as soon as it is behind by no more than that. */
async function runUntil(
  path: string,
  table: string,
  killAt: number,
): Promise<{ first: number; signal: string | null }> {
  const script = fileURLToPath(new URL("./testing/mirror-child.ts", import.meta.url));
  const child = spawn(
    process.execPath,
    ["--conditions=tesa-source", script, path, server.connectionString, table],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const ended = new Promise<string | null>((resolve) =>
    child.once("exit", (_code, signal) => resolve(signal)),
  );
  let first: number | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    first ??= Number(line);
    if (Number(line) <= killAt) child.kill("SIGKILL");
  }
  return { first: first ?? Number.NaN, signal: await ended };
}

test("a mirror that is killed again and again leaves each message once, and goes on from its cursor", async () => {
  const path = join(folder, "killed.db");
  const log = await openSqliteLog({ path });
  await appendMany(log, 20_000);
  await log.close();
  const begins: number[] = [];
  for (const killAt of [17_000, 12_000, 7_000, 2_000]) {
    const { first, signal } = await runUntil(path, "killed", killAt);
    expect(signal).toBe("SIGKILL");
    begins.push(first);
  }
  const { first, signal } = await runUntil(path, "killed", -1);
  expect(signal).toBeNull();
  begins.push(first);
  const found = await server.sql(
    "SELECT count(*)::int AS rows, count(DISTINCT seq)::int AS seqs, max(seq)::int AS last FROM killed",
  );
  expect(found).toEqual([{ rows: 20_000, seqs: 20_000, last: 20_000 }]);
  expect(begins[0]).toBe(20_000);
  expect(begins).toEqual([...begins].sort((a, b) => b - a));
  expect(begins.at(-1)).toBeLessThan(20_000);
});

test("the place is kept in the log's file, for each target of its own", async () => {
  const path = join(folder, "kept.db");
  const run = async (table: string) => {
    await using log = await openSqliteLog({ path });
    await appendMany(log, 100);
    const reader = await openPostgresMirror({
      connectionString: server.connectionString,
      log,
      clock,
      random: Math.random,
      table,
    });
    await reader.drain();
    return reader.counts.delivered;
  };
  expect(await run("kept")).toBe(100);
  expect(await run("kept")).toBe(100);
  expect(await run("another")).toBe(300);
});
