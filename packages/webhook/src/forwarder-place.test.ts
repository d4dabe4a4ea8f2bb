import { createMemoryTelemetryLog, type Retention, type TelemetryLog } from "@tesa/log";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  caughtUp,
  errorOf,
  type ForwarderFixture,
  isState,
  numbers,
  seqs,
  startFixture,
} from "./testing/forwarder-fixture.ts";
import { entriesOf, entry } from "./testing/messages.ts";
import { until } from "./testing/until.ts";

let fixture: ForwarderFixture;

beforeEach(async () => {
  fixture = await startFixture();
});

afterEach(() => fixture[Symbol.asyncDispose]());

/** Begins anew with a log that keeps less. */
async function restart(retention: Retention): Promise<void> {
  await fixture[Symbol.asyncDispose]();
  fixture = await startFixture(retention);
}

describe("the place in the log", () => {
  test("is kept: what was delivered is not sent again, and what was under way comes under the same id", async () => {
    await fixture.log.append(entriesOf(["d1"], 10));
    fixture.receiver.answer = ({ messages }) => (messages.some(({ seq }) => seq > 5) ? () => {} : 200);
    const first = await fixture.open({ lanes: 1, batchSize: 5 });
    await until(() => fixture.receiver.requests.length === 2);
    await first.close();
    expect(first.state).toEqual({ type: "closed" });
    fixture.receiver.answer = () => 200;
    // Another batch size and new messages do not change what was cut before.
    await fixture.log.append(entriesOf(["d1"], 10));
    await caughtUp(await fixture.open({ lanes: 1, batchSize: 100 }));
    expect(fixture.receiver.requests.map(({ messages }) => seqs(messages))).toEqual([
      numbers(1, 5),
      numbers(6, 10),
      numbers(6, 10),
      numbers(11, 20),
    ]);
    expect(fixture.receiver.requests[2]?.id).toBe(fixture.receiver.requests[1]?.id);
    expect(fixture.receiver.requests[2]?.body).toBe(fixture.receiver.requests[1]?.body);
  });

  test("is given back at the end: the same log is followed again by a forwarder of the same name, and by one at a time", async () => {
    const { clock, receiver } = fixture;
    const log = createMemoryTelemetryLog({ random: () => 0.5, clock });
    await log.append(entriesOf(["d1", "d2"], 10));
    const first = await fixture.open({ log });
    await expect(fixture.open({ log })).rejects.toMatchObject({ code: "usage" });
    await first.drain();
    await log.append(entriesOf(["d1"], 1));
    const second = await fixture.open({ log });
    await second.drain();
    const third = await fixture.open({ log });
    await third.close();
    expect(receiver.requests.flatMap(({ messages }) => seqs(messages)).sort((a, b) => a - b)).toEqual(
      numbers(1, 11),
    );
  });

  test("is kept in the middle of splitting: the pieces are the same, and no message becomes a dead letter twice", async () => {
    await fixture.log.append(entriesOf(["d1"], 8));
    const isBad = (seq: number) => seq === 3 || seq === 4;
    fixture.receiver.answer = ({ messages }) => {
      if (messages.length === 1 && messages[0]?.seq === 4) return () => {};
      return messages.some(({ seq }) => isBad(seq)) ? 400 : 200;
    };
    const first = await fixture.open({ lanes: 1 });
    await until(
      () =>
        fixture.receiver.requests.at(-1)?.messages.length === 1 &&
        fixture.receiver.requests.at(-1)?.messages[0]?.seq === 4,
    );
    await first.close();
    fixture.receiver.answer = ({ messages }) => (messages.some(({ seq }) => isBad(seq)) ? 400 : 200);
    await caughtUp(await fixture.open({ lanes: 1 }));
    expect(seqs(fixture.receiver.taken)).toEqual([1, 2, 5, 6, 7, 8]);
    expect((await fixture.log.deadLetters()).map(({ message }) => message.seq)).toEqual([3, 4]);
  });

  test("that could not be saved after a dead letter leads to no second one", async () => {
    await fixture.log.append(entriesOf(["d1"], 1));
    fixture.receiver.answer = () => 400;
    const dying = logThatDies(fixture.log, () => {
      fixture.failSave = true;
    });
    const first = await fixture.open({ lanes: 1, log: dying });
    await until(() => fixture.failSave);
    await first.close();
    fixture.failSave = false;
    await caughtUp(await fixture.open({ lanes: 1 }));
    expect(fixture.receiver.requests).toHaveLength(2);
    expect(fixture.receiver.requests[0]?.id).toBe(fixture.receiver.requests[1]?.id);
    expect(await fixture.log.deadLetters()).toHaveLength(1);
  });

  test("is saved before a batch is sent: without that, nothing is sent", async () => {
    fixture.failSave = true;
    await fixture.log.append([entry("d1")]);
    const forwarder = await fixture.open();
    await isState(forwarder, "waiting");
    expect(errorOf(forwarder)).toMatchObject({ code: "log" });
    expect(fixture.receiver.requests).toEqual([]);
    fixture.failSave = false;
    await fixture.clock.advance(1_000);
    await caughtUp(forwarder);
    expect(seqs(fixture.receiver.taken)).toEqual([1]);
  });

  test.each([
    [4, 2],
    [2, 8],
    [1, 3],
  ])("is kept when %i lanes become %i: nothing is left out", async (before, after) => {
    const devices = numbers(1, 10).map((number) => `device-${number}`);
    await fixture.log.append(entriesOf(devices, 200));
    let failures = 0;
    fixture.receiver.answer = ({ messages }) => {
      if (messages.every(({ seq }) => seq <= 120)) return 200;
      failures += 1;
      return 503;
    };
    const first = await fixture.open({ lanes: before, batchSize: 7 });
    await until(() => failures === before, "all lanes to wait");
    await first.close();
    const delivered = new Set(seqs(fixture.receiver.taken));
    expect(delivered.size).toBeGreaterThan(0);
    fixture.receiver.answer = () => 200;
    await caughtUp(await fixture.open({ lanes: after }));
    expect(new Set(seqs(fixture.receiver.taken))).toEqual(new Set(numbers(1, 200)));
    // Not everything again, either.
    expect(fixture.receiver.taken.length).toBeLessThan(200 + delivered.size);
  });

  test("of a new reader is the oldest message there is, and nothing before it counts as missed", async () => {
    await restart({ maxRows: 10 });
    await fixture.log.append(entriesOf(["d1"], 25));
    const forwarder = await fixture.open();
    await caughtUp(forwarder);
    expect(seqs(fixture.receiver.taken)).toEqual(numbers(16, 25));
    expect(forwarder.counts).toEqual({ delivered: 10, deadLetters: 0, missed: 0 });
  });

  test("counts what retention removed before it came there, each message once, and tells it", async () => {
    await restart({ maxRows: 10 });
    const missed: unknown[] = [];
    fixture.receiver.answer = () => 503;
    await fixture.log.append(entriesOf(["a", "b", "c", "d", "e", "f"], 6));
    const first = await fixture.open({ lanes: 1 });
    await isState(first, "waiting");
    await first.close();
    await fixture.log.append(entriesOf(["a", "b", "c", "d", "e", "f"], 30));
    fixture.receiver.answer = () => 200;
    const second = await fixture.open({ lanes: 4, onMissed: (range) => missed.push(range) });
    await caughtUp(second);
    expect(seqs(fixture.receiver.taken).sort((a, b) => a - b)).toEqual(numbers(27, 36));
    expect(second.counts.delivered).toBe(10);
    expect(second.counts.missed).toBe(26);
    expect(missed.length).toBeGreaterThanOrEqual(1);
  });

  test("is noted now and then by a lane to which no message belongs", async () => {
    await fixture.log.append(entriesOf(["d1"], 2_500));
    const forwarder = await fixture.open({ lanes: 2 });
    await caughtUp(forwarder);
    await until(() => fixture.receiver.taken.length === 2_500);
    const places = (await fixture.log.cursors()).map(({ position }) => position);
    expect(Math.min(...places)).toBeGreaterThanOrEqual(1_500);
    await forwarder.close();
    expect((await fixture.log.cursors()).map(({ position }) => position)).toEqual([2_500, 2_500]);
  });
});

/** A log on which everything fails from the first dead letter on, as if the process had died there. */
function logThatDies(whole: TelemetryLog, onDeath: () => void): TelemetryLog {
  return new Proxy(whole, {
    get(target, key) {
      if (key === "addDeadLetter") {
        return async (letter: Parameters<TelemetryLog["addDeadLetter"]>[0]) => {
          await target.addDeadLetter(letter);
          onDeath();
        };
      }
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
