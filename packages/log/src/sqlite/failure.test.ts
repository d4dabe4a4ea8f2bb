import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { entries, entry, stored } from "../testing/index.ts";
import { temporaryFolder } from "../testing/temporary-folder.ts";
import { openSqliteLog } from "./index.ts";
import { openSqliteLogWith } from "./open-sqlite-log.ts";

const numbered = (first: number, last: number) =>
  entries(last - first + 1, (index) => ({ packetId: first + index, payload: `{"value":${first + index}}` }));

/** A log, and another program that has its file open. */
async function openBesideAnother(internals: { readonly maxPages?: number } = {}) {
  const folder = temporaryFolder();
  const path = join(folder.path, "log.db");
  const warnings: string[] = [];
  const log = openSqliteLogWith({ path, onWarning: (message) => warnings.push(message) }, internals);
  const other = new DatabaseSync(path);
  return {
    log,
    other,
    path,
    warnings,
    [Symbol.asyncDispose]: async () => {
      other.close();
      await log.close();
      folder[Symbol.dispose]();
    },
  };
}

test("a locked log says so, and takes the same batch afterwards", async () => {
  await using opened = await openBesideAnother();
  const { log, other } = opened;
  const batch = numbered(1, 3);
  other.exec("BEGIN IMMEDIATE");
  await expect(log.append(batch)).rejects.toMatchObject({
    code: "log",
    retryable: true,
    message: expect.stringContaining("is locked by another program"),
  });
  other.exec("ROLLBACK");
  expect(await log.append(batch)).toEqual({ firstSeq: 1, lastSeq: 3, redelivered: [], rejected: [] });
});

test("an append that fails in the midst of resends finds the same ones when it is repeated", async () => {
  await using opened = await openBesideAnother();
  const { log, other } = opened;
  await log.connected({ sessionPresent: false });
  await log.append(numbered(1, 4));
  await log.connected({ sessionPresent: true });
  expect(await log.append(numbered(1, 1))).toMatchObject({ redelivered: [0] });
  const batch = numbered(2, 6);
  other.exec("BEGIN IMMEDIATE");
  for (let time = 0; time < 2; time += 1) {
    await expect(log.append(batch)).rejects.toMatchObject({ code: "log" });
  }
  other.exec("ROLLBACK");
  expect(await log.append(batch)).toMatchObject({ redelivered: [0, 1, 2], firstSeq: 5, lastSeq: 6 });
});

test("a batch that failed before a reconnect is known again when the broker sends it after it was stored", async () => {
  await using opened = await openBesideAnother();
  const { log, other } = opened;
  await log.connected({ sessionPresent: false });
  await log.append(numbered(1, 3));
  const batch = numbered(4, 5);
  other.exec("BEGIN IMMEDIATE");
  await expect(log.append(batch)).rejects.toMatchObject({ code: "log" });
  await log.connected({ sessionPresent: true });
  await expect(log.append(batch)).rejects.toMatchObject({ code: "log" });
  other.exec("ROLLBACK");
  expect(await log.append(batch)).toMatchObject({ redelivered: [], firstSeq: 4, lastSeq: 5 });
  expect(await log.append(numbered(3, 6))).toMatchObject({ redelivered: [0, 1, 2], firstSeq: 6, lastSeq: 6 });
});

test("a batch that failed in the session before this one is not taken for part of this one", async () => {
  await using opened = await openBesideAnother();
  const { log, other, path } = opened;
  await log.connected({ sessionPresent: false });
  const batch = numbered(1, 2);
  other.exec("BEGIN IMMEDIATE");
  await expect(log.append(batch)).rejects.toMatchObject({ code: "log" });
  other.exec("ROLLBACK");
  await log.connected({ sessionPresent: false });
  await log.append(batch);
  await log.connected({ sessionPresent: true });
  expect(await log.append(numbered(1, 1))).toMatchObject({ redelivered: [], lastSeq: 3 });
  await log.close();
  await using again = await openSqliteLog({ path });
  await again.connected({ sessionPresent: true });
  expect(await again.append(numbered(1, 2))).toMatchObject({ redelivered: [0], lastSeq: 4 });
});

test("a full disk stores nothing of a batch, and the log goes on when there is room again", async () => {
  await using opened = await openBesideAnother({ maxPages: 100 });
  const { log, other } = opened;
  const [message] = stored([entry({ payload: new Uint8Array(1_000_000) })]);
  if (message === undefined) throw new Error("There is one.");
  await log.addDeadLetter({ reader: "r", at: 0, reason: "r", message });
  await log.append(numbered(1, 2));
  const large = numbered(3, 5).map((one) => ({
    ...one,
    message: { ...one.message, payload: new Uint8Array(200_000) },
  }));
  await expect(log.append(large)).rejects.toMatchObject({
    code: "log",
    retryable: true,
    message: expect.stringContaining("the disk is full"),
  });
  expect(await log.bounds()).toEqual({ firstSeq: 1, lastSeq: 2 });
  expect(await log.append(numbered(9, 9))).toMatchObject({ firstSeq: 3, lastSeq: 3 });
  other.exec("DELETE FROM dead_letter");
  expect(await log.append(large)).toMatchObject({ firstSeq: 4, lastSeq: 6, rejected: [] });
  expect((await log.read({ after: 3 })).messages.map(({ payload }) => payload.length)).toEqual([
    200_000, 200_000, 200_000,
  ]);
});

test("a message that cannot be stored even alone is kept as rejected and holds nobody up", async () => {
  await using opened = await openBesideAnother();
  const { log, other, warnings } = opened;
  other.exec(`CREATE TRIGGER poison BEFORE INSERT ON message WHEN NEW.device = 'poison'
    BEGIN SELECT RAISE(ABORT, 'not that one'); END`);
  const batch = [
    entry({ packetId: 1, payload: "a" }),
    entry({ packetId: 2, payload: "b", device: "poison" }),
    entry({ packetId: 3, payload: "c" }),
  ];
  await log.connected({ sessionPresent: false });
  expect(await log.append(batch)).toEqual({ firstSeq: 1, lastSeq: 2, redelivered: [], rejected: [1] });
  expect((await log.read()).messages.map(({ payload }) => String.fromCharCode(...payload))).toEqual([
    "a",
    "c",
  ]);
  expect(await log.stats()).toMatchObject({ rows: 2, rejected: 1 });
  expect(warnings).toEqual([expect.stringContaining("not that one")]);
  const row = other.prepare("SELECT after_seq, error, packet_id, topic, bytes, payload FROM rejected").get();
  expect({ ...row }).toEqual({
    after_seq: 1,
    error: "not that one",
    packet_id: 2,
    topic: "device/poison/telemetry/temperature",
    bytes: 1,
    payload: new Uint8Array([98]),
  });
  await log.connected({ sessionPresent: true });
  expect(await log.append(batch)).toMatchObject({ redelivered: [0, 1, 2] });
});

test("a rejected message is known again after the log was opened again", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "log.db");
  const first = await openSqliteLog({ path });
  await first.connected({ sessionPresent: false });
  const bad = entry({ packetId: 2 });
  const unbindable = { ...bad, message: { ...bad.message, timestamp: {} as unknown as number } };
  const batch = [entry({ packetId: 1 }), unbindable, entry({ packetId: 3 })];
  expect(await first.append(batch)).toMatchObject({ lastSeq: 2, rejected: [1] });
  await first.close();
  await using log = await openSqliteLog({ path });
  expect(await log.stats()).toMatchObject({ rows: 2, rejected: 1 });
  await log.connected({ sessionPresent: true });
  expect(await log.append(batch)).toMatchObject({ redelivered: [0, 1, 2], lastSeq: 2 });
});

test("a failure that ends the transaction itself stores nothing of the batch", async () => {
  await using opened = await openBesideAnother();
  const { log, other } = opened;
  other.exec(`CREATE TRIGGER poison BEFORE INSERT ON message WHEN NEW.device = 'poison'
    BEGIN SELECT RAISE(ROLLBACK, 'all of it'); END`);
  const batch = [entry(), entry({ device: "poison" }), entry()];
  await expect(log.append(batch)).rejects.toMatchObject({ code: "log", retryable: false });
  expect(await log.bounds()).toEqual({ firstSeq: 0, lastSeq: 0 });
  other.exec("DROP TRIGGER poison");
  expect(await log.append(batch)).toMatchObject({ firstSeq: 1, lastSeq: 3, rejected: [] });
});

test("a log into which somebody else writes says so, and rejects no message for it", async () => {
  await using opened = await openBesideAnother();
  const { log, other } = opened;
  other.exec("INSERT INTO message (seq) VALUES (2)");
  await expect(log.append(numbered(1, 3))).rejects.toMatchObject({ code: "log", retryable: false });
  expect(await log.stats()).toMatchObject({ rejected: 0 });
  // Not even the first of the batch, which had not failed.
  expect(other.prepare("SELECT seq FROM message").all()).toEqual([expect.objectContaining({ seq: 2 })]);
});
