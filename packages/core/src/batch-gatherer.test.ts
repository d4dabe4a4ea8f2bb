import { expect, test } from "vitest";
import { BatchGatherer } from "./batch-gatherer.ts";
import { Intake } from "./intake.ts";
import { createFakeClock, createFakeTransport, settle } from "./testing/index.ts";
import type { Connection, ConnectRequest } from "./transport.ts";

async function connection(): Promise<Connection> {
  const transport = createFakeTransport();
  const connecting = transport.connect({} as ConnectRequest, new AbortController().signal);
  transport.attempts[0]?.accept();
  return await connecting;
}

/** A gatherer whose batches are taken as soon as they can be, each with when that was, in ms since the beginning. */
async function open() {
  const clock = createFakeClock();
  const startedAt = clock.now();
  const intake = new Intake({ maxMessages: 1_000, maxBytes: 1_000_000 });
  const gatherer = new BatchGatherer(intake, clock);
  const from = await connection();
  const taken: (readonly [at: number, count: number])[] = [];
  const done = (async () => {
    for (;;) {
      const batch = await gatherer.take();
      if (batch.length === 0) return;
      taken.push([clock.now() - startedAt, batch.length]);
    }
  })();
  const come = async (count = 1) => {
    for (let each = 0; each < count; each += 1) {
      const publish = {
        topic: "device/a/telemetry",
        payload: new Uint8Array(1),
        qos: 1,
        retained: false,
        duplicate: false,
        packetId: 1,
        receivedAt: clock.now(),
      } as const;
      intake.push({ publish, connection: from });
    }
    await settle();
  };
  return { clock, come, done, from, intake, taken };
}

test("BatchGatherer takes the first message at once, and what comes soon after it together 4 ms later", async () => {
  const { clock, come, taken } = await open();
  await come();
  expect(taken).toEqual([[0, 1]]);
  for (let each = 0; each < 8; each += 1) {
    await clock.advance(1);
    await come();
  }
  expect(taken).toEqual([
    [0, 1],
    [4, 3],
    [8, 4],
  ]);
  await clock.advance(100);
  await come();
  expect(taken.slice(3)).toEqual([
    [12, 1],
    [108, 1],
  ]);
});

test("BatchGatherer does not wait for more than half of the largest batch, or eight", async () => {
  const { clock, come, taken } = await open();
  await come(7);
  await come(7);
  expect(taken).toEqual([[0, 7]]);
  await come();
  expect(taken).toEqual([
    [0, 7],
    [0, 8],
  ]);
  await come(100);
  await come(49);
  expect(taken.slice(2)).toEqual([[0, 100]]);
  await clock.advance(1);
  await come();
  expect(taken.slice(3)).toEqual([[1, 50]]);
});

test("BatchGatherer does not wait for 250 ms after it waited and nothing came: the broker's window may be small", async () => {
  const { clock, come, taken } = await open();
  await come();
  await clock.advance(1);
  await come();
  await clock.advance(3);
  expect(taken).toEqual([
    [0, 1],
    [4, 1],
  ]);
  for (let each = 0; each < 3; each += 1) {
    await come();
    await clock.advance(1);
  }
  expect(taken.slice(2)).toEqual([
    [4, 1],
    [5, 1],
    [6, 1],
  ]);
  await clock.advance(250);
  await come();
  await come();
  expect(taken.slice(5)).toEqual([[257, 1]]);
});

test("BatchGatherer gives what waits when the intake is closed, leaves no timer, and then nothing", async () => {
  const { clock, come, done, intake, taken } = await open();
  await come();
  await come(2);
  intake.close({ drop: false });
  await done;
  expect(taken).toEqual([
    [0, 1],
    [0, 2],
  ]);
  expect(clock.pending).toBe(0);
});

test("BatchGatherer keeps what it waits with when the connection ends: it will be known when it comes again", async () => {
  const { clock, come, from, intake, taken } = await open();
  await come();
  await come(2);
  expect(intake.forget(from)).toBe(0);
  await clock.advance(10);
  expect(taken).toEqual([
    [0, 1],
    [4, 2],
  ]);
});
