import { join } from "node:path";
import type { LogEntry, Telemetry } from "@tesa/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { matchesQuery } from "../query.ts";
import { entry } from "../testing/index.ts";
import { temporaryFolder } from "../testing/temporary-folder.ts";
import { openSqliteLog } from "./index.ts";

const MAX_ROWS = 25;

/** What a user may do to a log, in any order. */
type Step =
  | { readonly type: "append"; readonly sizes: readonly number[] }
  | { readonly type: "resend"; readonly back: number }
  | { readonly type: "trim" }
  | { readonly type: "reopen" }
  | { readonly type: "cursor"; readonly name: string; readonly share: number }
  | {
      readonly type: "read";
      readonly after: number;
      readonly limit: number;
      readonly device: string | undefined;
    };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({ type: fc.constant("append" as const), sizes: fc.array(fc.nat(300), { maxLength: 12 }) }),
    fc.record({ type: fc.constant("resend" as const), back: fc.nat(8) }),
    fc.record({ type: fc.constant("trim" as const) }),
    fc.record({ type: fc.constant("reopen" as const) }),
    fc.record({
      type: fc.constant("cursor" as const),
      name: fc.constantFrom("a", "b"),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
    fc.record({
      type: fc.constant("read" as const),
      after: fc.nat(80),
      limit: fc.integer({ min: 1, max: 9 }),
      device: fc.constantFrom(undefined, "d0", "d1", "d2"),
    }),
  ),
  { maxLength: 30 },
);

/** The log as it should be: arrays, and nothing else. */
class Model {
  readonly sent: LogEntry[] = [];
  messages: Telemetry[] = [];
  lastSeq = 0;
  readonly cursors = new Map<string, number>();

  entries(sizes: readonly number[]): LogEntry[] {
    return sizes.map((size) => {
      const number = this.sent.length + 1;
      const made = entry({
        device: `d${number % 3}`,
        packetId: number,
        payload: new Uint8Array(size).fill(number % 256),
        receivedAt: number,
      });
      this.sent.push(made);
      return made;
    });
  }

  append(batch: readonly LogEntry[]): void {
    for (const { message } of batch) {
      this.lastSeq += 1;
      this.messages.push({ ...message, seq: this.lastSeq });
    }
  }

  trim(): void {
    this.messages = this.messages.slice(-MAX_ROWS);
  }

  latest(): number[] {
    const newest = new Map(this.messages.map(({ deviceId, seq }) => [deviceId, seq]));
    return [...newest.values()].sort((a, b) => b - a);
  }
}

test("whatever is done to a log in whatever order, it holds what a simple model of it holds", async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (script) => {
      using folder = temporaryFolder();
      const path = join(folder.path, "log.db");
      const open = () => openSqliteLog({ path, retention: { maxRows: MAX_ROWS }, receiveMaximum: 20 });
      const model = new Model();
      let log = await open();
      let cursors = new Map([
        ["a", await log.cursor("a")],
        ["b", await log.cursor("b")],
      ]);
      await log.connected({ sessionPresent: false });
      for (const step of script) {
        if (step.type === "append") {
          const batch = model.entries(step.sizes);
          model.append(batch);
          expect(await log.append(batch)).toMatchObject({ lastSeq: model.lastSeq, redelivered: [] });
          if (batch.length > 0) model.trim();
        } else if (step.type === "resend") {
          // The last few again, then something new, as after a lost connection.
          await log.connected({ sessionPresent: true });
          const again = step.back === 0 ? [] : model.sent.slice(-step.back);
          const fresh = model.entries([7]);
          model.append(fresh);
          model.trim();
          expect(await log.append([...again, ...fresh])).toEqual({
            firstSeq: model.lastSeq,
            lastSeq: model.lastSeq,
            redelivered: again.map((_, index) => index),
            rejected: [],
          });
        } else if (step.type === "trim") {
          await log.trim();
        } else if (step.type === "reopen") {
          await log.close();
          log = await open();
          cursors = new Map([
            ["a", await log.cursor("a")],
            ["b", await log.cursor("b")],
          ]);
        } else if (step.type === "cursor") {
          const position = Math.floor(step.share * model.lastSeq);
          model.cursors.set(step.name, position);
          await cursors.get(step.name)?.save({ position, state: { position } });
        } else {
          const { type: _, device, ...place } = step;
          const query = device === undefined ? place : { ...place, device };
          const expected = model.messages
            .filter((message) => message.seq > query.after && matchesQuery(message, query))
            .slice(0, query.limit);
          expect((await log.read(query)).messages).toEqual(expected);
        }
        const { messages, lastSeq } = model;
        expect(await log.bounds()).toEqual({ firstSeq: messages[0]?.seq ?? 0, lastSeq });
        expect((await log.stats()).bytes).toBe(
          messages.reduce((sum, { payload, topic }) => sum + payload.length + topic.length, 0),
        );
        expect((await log.latest()).map(({ seq }) => seq)).toEqual(model.latest());
        for (const [name, cursor] of cursors) {
          const position = model.cursors.get(name);
          expect([cursor.position, cursor.state]).toEqual([
            position ?? 0,
            position === undefined ? null : { position },
          ]);
        }
      }
      expect((await log.read({ limit: 10_000 })).messages).toEqual(model.messages);
      await log.close();
    }),
    { numRuns: 60 },
  );
}, 120_000);
