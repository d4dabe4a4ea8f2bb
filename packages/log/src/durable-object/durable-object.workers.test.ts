import { env, runInDurableObject } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import type { TelemetryLog } from "../telemetry-log.ts";
import { type ContractLogOptions, describeLogContract, entry, stored } from "../testing/index.ts";
import type { DurableStorage, StorageCursor } from "./durable-storage.ts";
import { openDurableObjectLog } from "./index.ts";

/** The storage of the Durable Object in which the test that is under way runs. */
let storage: DurableStorage | undefined;

/** A test within a Durable Object of its own: its storage cannot be used from outside. */
function testInside(name: string, body: () => Promise<void>): void {
  test(name, async () => {
    const object = env.LOG.get(env.LOG.newUniqueId());
    await runInDurableObject(object, async (_, state) => {
      storage = state.storage;
      await body();
    });
  });
}

function open({ now = () => 1_000_000, receiveMaximum = 100, retention = {} }: ContractLogOptions) {
  if (storage === undefined) throw new Error("There is no storage outside of a test.");
  return openDurableObjectLog({ storage, clock: { now }, receiveMaximum, retention });
}

describeLogContract("The log in a Durable Object", {
  vitest: { describe, expect, test: testInside as typeof test },
  open: async (first) => {
    let log: TelemetryLog = await open(first);
    return {
      log,
      reopen: async (options = {}) => {
        await log.close();
        log = await open(options);
        return log;
      },
      [Symbol.asyncDispose]: () => log.close(),
    };
  },
});

const countParts = () =>
  storage?.sql.exec("SELECT count(*) AS parts, max(length(bytes)) AS most FROM payload_part").toArray()[0];

describe("The rows of a Durable Object", () => {
  testInside("stay below 2 MB, and what a message was cut into goes with it", async () => {
    await using log = await open({ retention: { maxRows: 1 } });
    const payload = Uint8Array.from({ length: 10 * 1024 * 1024 + 1 }, (_, index) => index % 251);
    const batch = [entry({ payload, packetId: 1 })];
    await log.append(batch);
    expect(countParts()).toEqual({ parts: 11, most: 1024 * 1024 });
    expect(await log.stats()).toMatchObject({ rows: 1, bytes: payload.byteLength + 31 });
    const [message] = stored(batch);
    if (message === undefined) throw new Error("There is one.");
    await log.addDeadLetter({ reader: "webhook", at: 1, reason: "413", message });
    await log.append([entry()]);
    await log.trim();
    expect(countParts()).toMatchObject({ parts: 11 });
    expect((await log.deadLetters()).map((letter) => letter.message.payload.byteLength)).toEqual([
      payload.byteLength,
    ]);
    await log.removeDeadLetters([1]);
    expect(countParts()).toMatchObject({ parts: 0 });
  });

  // What Cloudflare bills: the edge relay's README says what a message costs.
  testInside("are one for a message that is stored, and two at the most when it is removed", async () => {
    if (storage === undefined) throw new Error("There is no storage outside of a test.");
    const whole = storage;
    const cursors: StorageCursor[] = [];
    const counting: DurableStorage = {
      sql: {
        exec: (...statement) => {
          const cursor = whole.sql.exec(...statement);
          cursors.push(cursor);
          return cursor;
        },
      },
      transactionSync: (work) => whole.transactionSync(work),
      sync: () => whole.sync(),
    };
    const rowsWritten = () => cursors.splice(0).reduce((rows, cursor) => rows + cursor.rowsWritten, 0);
    let now = 1_000_000;
    await using log = await openDurableObjectLog({
      storage: counting,
      clock: { now: () => now },
      receiveMaximum: 100,
      retention: { maxAgeMs: 100 },
    });
    await log.connected({ sessionPresent: false });
    const appendMany = async (count: number) => {
      rowsWritten();
      for (let stored = 0; stored < count; stored += 1) {
        now += 1;
        await log.append([entry({ device: `d${stored % 5}`, packetId: 1 + (stored % 90), receivedAt: now })]);
      }
      return rowsWritten() / count;
    };
    expect(await appendMany(100)).toBe(1);
    await appendMany(100);
    expect(await appendMany(300)).toBeGreaterThan(1.9);
    expect(await appendMany(300)).toBeLessThanOrEqual(3);
  });

  testInside("of a batch that fails are all gone", async () => {
    await using log = await open({});
    const bad = {
      ...entry(),
      message: { ...entry().message, timestamp: Symbol("no value of SQL") as unknown as number },
    };
    await log.append([entry()]);
    await log.append([entry({ payload: new Uint8Array(2_000_000) }), bad]);
    expect(await log.stats()).toMatchObject({ rows: 2, rejected: 1 });
    storage?.sql.exec("DROP TABLE rejected");
    await expect(log.append([entry({ payload: new Uint8Array(2_000_000) }), bad])).rejects.toMatchObject({
      code: "log",
    });
    expect(await log.stats()).toMatchObject({ rows: 2 });
    expect(countParts()).toMatchObject({ parts: 2 });
  });
});

testInside(
  "openDurableObjectLog() refuses the storage of a later release and leaves it as it is",
  async () => {
    await (await open({})).close();
    storage?.sql.exec("UPDATE log_schema SET version = 99");
    await expect(open({})).rejects.toMatchObject({ code: "log", message: expect.stringContaining("99") });
    expect(storage?.sql.exec("SELECT version FROM log_schema").toArray()).toEqual([{ version: 99 }]);
  },
);
