import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openBox } from "@tesa/platform/testing";
import { mirroredPayloads, type PostgresServer, startPostgres } from "@tesa/postgres/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { RELAY_SECRET, startServer } from "./testing/server.ts";

const TOPIC = "device/g1/telemetry/temperature";
const folder = mkdtempSync(join(tmpdir(), "tesa-bun-postgres-"));

let postgres: PostgresServer;
const rows = () => mirroredPayloads(postgres.connectionString);
beforeAll(async () => {
  postgres = await startPostgres();
}, 60_000);
afterAll(async () => {
  await postgres[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

test("PostgreSQL has each message as one row, although the server is killed in the middle", async () => {
  await using box = await openBox();
  const env = {
    ...box.env,
    TESA_RELAY_SECRET: RELAY_SECRET,
    TESA_LOG: `sqlite:${join(folder, "telemetry.db")}`,
    TESA_POSTGRES_URL: postgres.connectionString,
  };
  await using first = startServer(env);
  await first.until("stderr", "live");
  const publishing = (async () => {
    for (let value = 1; value <= 40; value += 1) await box.publish(TOPIC, String(value));
  })();
  await expect.poll(rows, { timeout: 10_000 }).not.toEqual([]);
  first.child.kill("SIGKILL");
  await publishing;
  await using second = startServer(env);
  await second.until("stderr", "live");
  await expect.poll(async () => (await rows()).length, { timeout: 10_000 }).toBe(40);
  second.child.kill("SIGTERM");
  const { code, stderr } = await second.result;
  expect(code).toBe(0);
  expect(stderr).toMatch(/\d+ mirrored/);
  expect(await rows()).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
});
