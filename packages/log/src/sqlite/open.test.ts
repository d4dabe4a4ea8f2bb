import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { entries } from "../testing/index.ts";
import { temporaryFolder } from "../testing/temporary-folder.ts";
import { openSqliteLog } from "./index.ts";
import { openSqliteLogWith } from "./open-sqlite-log.ts";
import { MIGRATIONS } from "./schema.ts";

/** Everything in a folder, byte for byte. */
function snapshot(folder: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(folder)
      .sort()
      .map((name) => [name, readFileSync(join(folder, name)).toString("base64")]),
  );
}

/** Makes a file by plain SQLite. */
function makeDatabase(path: string, sql: string): void {
  const db = new DatabaseSync(path);
  db.exec(sql);
  db.close();
}

const refused = (text: string) => ({
  name: "TesaError",
  code: "log",
  retryable: false,
  message: expect.stringContaining(text),
});

test("the database of another program is refused, and nothing in its folder is touched", async () => {
  for (const sql of [
    "CREATE TABLE notes (text)",
    "PRAGMA application_id = 1; PRAGMA user_version = 1",
    "PRAGMA journal_mode = WAL; CREATE TABLE notes (text)",
    "PRAGMA user_version = 3",
  ]) {
    using folder = temporaryFolder();
    const path = join(folder.path, "other.db");
    makeDatabase(path, sql);
    const before = snapshot(folder.path);
    for (const readOnly of [false, true]) {
      await expect(openSqliteLog({ path, readOnly })).rejects.toMatchObject(refused("another program"));
      expect(snapshot(folder.path)).toEqual(before);
    }
  }
});

test("what is no database is refused and not touched", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "notes.txt");
  writeFileSync(path, "Nothing that SQLite could have written. ".repeat(500));
  const before = snapshot(folder.path);
  for (const readOnly of [false, true]) {
    await expect(openSqliteLog({ path, readOnly })).rejects.toMatchObject(refused("is no log"));
    expect(snapshot(folder.path)).toEqual(before);
  }
});

test("a log of a later release is refused and not touched", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "log.db");
  await (await openSqliteLog({ path })).close();
  makeDatabase(path, "PRAGMA journal_mode = DELETE; PRAGMA user_version = 99");
  const before = snapshot(folder.path);
  for (const readOnly of [false, true]) {
    await expect(openSqliteLog({ path, readOnly })).rejects.toMatchObject(refused("schema version 99"));
    expect(snapshot(folder.path)).toEqual(before);
  }
});

test("a path that cannot be a log says why", async () => {
  using folder = temporaryFolder();
  const file = join(folder.path, "file");
  writeFileSync(file, "x");
  await expect(openSqliteLog({ path: folder.path })).rejects.toMatchObject(refused("is a folder"));
  await expect(openSqliteLog({ path: join(folder.path, "none", "log.db") })).rejects.toMatchObject(
    refused(`there is no folder "${join(folder.path, "none")}"`),
  );
  await expect(openSqliteLog({ path: join(file, "log.db") })).rejects.toMatchObject(refused("is no folder"));
  await expect(openSqliteLog({ path: join(folder.path, "log.db"), readOnly: true })).rejects.toMatchObject(
    refused("There is no log"),
  );
  const link = join(folder.path, "link.db");
  symlinkSync(join(folder.path, "nothing"), link);
  await expect(openSqliteLog({ path: link })).rejects.toMatchObject(refused("a symbolic link to nothing"));
  for (const path of ["", ":memory:", "file:log.db", "a\u0000b"]) {
    await expect(openSqliteLog({ path })).rejects.toMatchObject({ code: "usage" });
  }
  expect(readdirSync(folder.path)).toEqual(["file", "link.db"]);
});

test("a file or folder that may not be written says so", async () => {
  using folder = temporaryFolder();
  const closed = join(folder.path, "closed");
  mkdirSync(closed);
  const path = join(closed, "log.db");
  await (await openSqliteLog({ path })).close();
  chmodSync(path, 0o444);
  chmodSync(closed, 0o555);
  chmodSync(folder.path, 0o755);
  // To root everything is permitted: be nobody for a moment.
  const isRoot = process.getuid?.() === 0;
  if (isRoot) process.seteuid?.(65_534);
  try {
    await expect(openSqliteLog({ path })).rejects.toMatchObject(refused("may not be written"));
    // Whoever only wanted to read is not told about writing the log.
    const read = await openSqliteLog({ path, readOnly: true }).catch((error: unknown) => error);
    expect(read).toMatchObject(refused(`The log "${path}" cannot be read where it is`));
    expect(read).toMatchObject(refused("Copy the log"));
    const fresh = join(closed, "new.db");
    await expect(openSqliteLog({ path: fresh })).rejects.toMatchObject(
      refused(`The log "${fresh}" cannot be opened. Look at the permissions of the file and its folder`),
    );
  } finally {
    if (isRoot) process.seteuid?.(0);
    chmodSync(closed, 0o755);
  }
});

test("a log is open for writing once at a time, whatever name it is called by", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "log.db");
  const log = await openSqliteLog({ path });
  symlinkSync(path, join(folder.path, "link.db"));
  for (const name of ["log.db", "link.db", `../${basename(folder.path)}/log.db`]) {
    const again = openSqliteLog({ path: join(folder.path, name) });
    await expect(again).rejects.toMatchObject(refused("is open for writing already"));
  }
  await log.append(entries(1));
  await log.close();
  await using next = await openSqliteLog({ path: join(folder.path, "link.db") });
  expect((await next.stats()).rows).toBe(1);
});

test("a file's name may hold any character", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "a b#c?d%20e'f\"g&ก.db");
  for (const rows of [0, 2, 4]) {
    await using log = await openSqliteLog({ path });
    expect((await log.stats()).rows).toBe(rows);
    await log.append(entries(2));
  }
});

test("a log that was opened read-only changes nothing and says so", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "log.db");
  const writer = await openSqliteLog({ path });
  await writer.append(entries(2));
  await using reader = await openSqliteLog({ path, readOnly: true });
  expect([reader.id, reader.epoch]).toEqual([writer.id, writer.epoch]);
  for (const call of [
    () => reader.append(entries(1)),
    () => reader.trim(),
    () => reader.cursor("reader"),
    () => reader.connected({ sessionPresent: false }),
    () => reader.recordGap({ kind: "certain", from: 0, to: 1 }),
    () => reader.removeDeadLetters([1]),
  ]) {
    await expect(call()).rejects.toMatchObject({ code: "usage" });
  }
  await writer.recordGap({ kind: "certain", from: 0, to: 1 });
  await writer.append(entries(1));
  expect(await reader.stats()).toMatchObject({ rows: 3, gaps: 1 });
  await writer.close();
  expect((await reader.read()).messages).toHaveLength(3);
});

test("a log is read without its writer too", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "log.db");
  const writer = await openSqliteLog({ path });
  await writer.append(entries(2));
  await writer.close();
  await using reader = await openSqliteLog({ path, readOnly: true });
  expect((await reader.read()).messages).toHaveLength(2);
});

test("an older schema is brought up to date by itself, with what it holds", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "log.db");
  const first = await openSqliteLog({ path });
  await first.append(entries(2));
  await first.close();
  const migrations = [
    ...MIGRATIONS,
    (db: Parameters<(typeof MIGRATIONS)[number]>[0]) => db.script("CREATE TABLE later (a)"),
    (db: Parameters<(typeof MIGRATIONS)[number]>[0]) =>
      db.script("INSERT INTO later SELECT seq FROM message"),
  ];
  expect(() => openSqliteLogWith({ path, readOnly: true }, { migrations })).toThrow(
    "open it once for writing",
  );
  const second = openSqliteLogWith({ path }, { migrations });
  expect((await second.stats()).rows).toBe(2);
  await second.close();
  const db = new DatabaseSync(path);
  expect(Object.values(db.prepare("PRAGMA user_version").get() ?? {})).toEqual([3]);
  expect(db.prepare("SELECT count(*) AS n FROM later").get()).toMatchObject({ n: 2 });
  db.close();
  await expect(openSqliteLog({ path })).rejects.toMatchObject(
    refused("schema version 3; this release knows 1"),
  );
});

test("a migration that fails leaves the log as it was", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "log.db");
  await (await openSqliteLog({ path })).close();
  const migrations = [
    ...MIGRATIONS,
    (db: Parameters<(typeof MIGRATIONS)[number]>[0]) => db.script("CREATE TABLE later (a)"),
    (db: Parameters<(typeof MIGRATIONS)[number]>[0]) => db.script("INSERT INTO nowhere VALUES (1)"),
  ];
  expect(() => openSqliteLogWith({ path }, { migrations })).toThrow("nowhere");
  await using log = await openSqliteLog({ path });
  expect(await log.append(entries(1))).toMatchObject({ lastSeq: 1 });
});

test("an empty file becomes a log", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "log.db");
  writeFileSync(path, "");
  await using log = await openSqliteLog({ path });
  expect(await log.append(entries(1))).toMatchObject({ lastSeq: 1 });
});

test("every log has ids and a client id of its own, made once", async () => {
  using folder = temporaryFolder();
  const ids = new Set<string>();
  for (const name of ["a.db", "b.db"]) {
    for (let time = 0; time < 2; time += 1) {
      await using log = await openSqliteLog({ path: join(folder.path, name) });
      ids
        .add(log.id)
        .add(log.epoch)
        .add((await log.session()).clientId);
    }
  }
  expect(ids.size).toBe(6);
});

test("a log that lost its newest messages to somebody else goes on under a new id", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "log.db");
  const first = await openSqliteLog({ path });
  await first.append(entries(5));
  await (await first.cursor("reader")).save({ position: 5 });
  await first.recordGap({ kind: "certain", from: 0, to: 1 });
  await first.close();
  makeDatabase(path, "DELETE FROM message WHERE seq > 2");
  const warnings: string[] = [];
  const second = await openSqliteLog({ path, onWarning: (message) => warnings.push(message) });
  expect(warnings).toEqual([expect.stringContaining("ends at 2, but had reached 5")]);
  expect(second.id).not.toBe(first.id);
  expect(second.epoch).not.toBe(first.epoch);
  expect(await second.cursors()).toEqual([{ name: "reader", position: 2 }]);
  expect((await second.latest()).map(({ seq }) => seq)).toEqual([2]);
  await second.close();
  await using third = await openSqliteLog({ path, onWarning: (message) => warnings.push(message) });
  expect([third.id, warnings.length]).toEqual([second.id, 1]);
});

test("a log whose file was removed or replaced stores nothing more", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "log.db");
  let now = 0;
  const log = await openSqliteLog({ path, clock: { now: () => now } });
  await log.append(entries(1));
  renameSync(path, join(folder.path, "moved.db"));
  now += 100;
  await expect(log.append(entries(1))).rejects.toMatchObject(refused("was removed or replaced"));
  rmSync(`${path}-wal`);
  writeFileSync(path, "");
  await expect(log.append(entries(1))).rejects.toMatchObject(refused("was removed or replaced"));
  await log.close();
});
