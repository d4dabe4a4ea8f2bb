import { expect, test } from "vitest";
import { Intake, type Received } from "./intake.ts";
import type { Connection } from "./transport.ts";

const connection = (): Connection => ({
  sessionPresent: false,
  subscribe: async () => [],
  unsubscribe: async () => {},
  acknowledge: () => {},
  look: () => {},
  ping: () => {},
  disconnect: async () => {},
  destroy: () => {},
  ended: new Promise(() => {}),
});

function received(from: Connection, packetId: number | undefined, bytes = 10): Received {
  return {
    connection: from,
    publish: {
      topic: "device/a/telemetry",
      payload: new Uint8Array(bytes),
      qos: packetId === undefined ? 0 : 1,
      retained: false,
      duplicate: false,
      packetId,
      receivedAt: 0,
    },
  };
}

const ids = (batch: readonly Received[]) => batch.map(({ publish }) => publish.packetId);

test("Intake gives as one batch what arrived meanwhile, in order", async () => {
  const intake = new Intake({ maxMessages: 10, maxBytes: 1_000 });
  const from = connection();
  for (const id of [1, 2, 3]) intake.push(received(from, id));
  expect(ids(await intake.take())).toEqual([1, 2, 3]);
});

test("Intake waits for the first message when it is empty", async () => {
  const intake = new Intake({ maxMessages: 10, maxBytes: 1_000 });
  const taking = intake.take();
  intake.push(received(connection(), 7));
  expect(ids(await taking)).toEqual([7]);
});

test("Intake has no room beyond its bound in messages", () => {
  const intake = new Intake({ maxMessages: 2, maxBytes: 1_000 });
  const from = connection();
  expect([1, 2, 3].map((id) => intake.push(received(from, id)))).toEqual([true, true, false]);
});

test("Intake has no room beyond its bound in bytes, but takes a single larger message", async () => {
  const intake = new Intake({ maxMessages: 10, maxBytes: 100 });
  const from = connection();
  expect(intake.push(received(from, 1, 500))).toBe(true);
  expect(intake.push(received(from, 2, 1))).toBe(false);
  await intake.take();
  expect(intake.push(received(from, 2, 100))).toBe(true);
});

test("Intake forgets of an ended connection what the broker will send again, and nothing else", async () => {
  const intake = new Intake({ maxMessages: 10, maxBytes: 1_000 });
  const old = connection();
  const current = connection();
  intake.push(received(old, 1));
  intake.push(received(old, undefined));
  intake.push(received(current, 2));
  intake.forget(old);
  expect(ids(await intake.take())).toEqual([undefined, 2]);
});

test("Intake can be emptied after it was closed, and then says that nothing more comes", async () => {
  const intake = new Intake({ maxMessages: 10, maxBytes: 1_000 });
  const from = connection();
  intake.push(received(from, 1));
  intake.close({ drop: false });
  intake.push(received(from, 2));
  expect(ids(await intake.take())).toEqual([1]);
  expect(await intake.take()).toEqual([]);
});

test("Intake wakes a waiting reader when it is closed", async () => {
  const intake = new Intake({ maxMessages: 10, maxBytes: 1_000 });
  const taking = intake.take();
  intake.close({ drop: true });
  expect(await taking).toEqual([]);
});
