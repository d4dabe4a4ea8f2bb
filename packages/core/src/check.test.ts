import { expect, test } from "vitest";
import { TesaError } from "./errors.ts";
import { createMemoryLog } from "./memory-log.ts";
import type { StreamState } from "./state.ts";
import { openStream } from "./stream.ts";
import {
  createFakeClock,
  createFakeTransport,
  type FakeAttempt,
  settle,
  TEST_CONFIG,
} from "./testing/index.ts";
import { parseToken } from "./token.ts";

const TOPIC = "device/a/telemetry/temperature";

/** A stream on a fake clock and a fake broker, whose waits are 1, 2, 4, 8 s, or what chance makes of them. */
function open(random = () => 0) {
  const clock = createFakeClock();
  const transport = createFakeTransport({ autoSuback: true });
  const token = parseToken("tesa_mqtt_acme_FAKEFAKEFAKEFAKEFAKEFAKEFAKE0001");
  const stream = openStream({
    config: TEST_CONFIG,
    readToken: () => token,
    transport,
    clock,
    random,
    log: createMemoryLog({ random: () => 0 }),
  });
  const states: StreamState[] = [];
  void (async () => {
    for await (const state of stream.status()) states.push(state);
  })();
  const attempt = async (index: number): Promise<FakeAttempt> => {
    await settle();
    const found = transport.attempts[index];
    if (found === undefined) throw new Error(`There was no attempt ${index}.`);
    return found;
  };
  return { attempt, clock, states, stream, transport };
}

const unreachable = () => new TesaError("network", "unreachable", { retryable: true });

/** Fails so often that the next wait is a long one. */
async function failTimes(count: number, { attempt, clock }: ReturnType<typeof open>): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    (await attempt(index)).refuse(unreachable());
    await settle();
    if (index < count - 1) await clock.advance(30_000);
  }
}

test("check() ends a wait at once that is older than the first step", async () => {
  const opened = open();
  const { clock, stream, transport } = opened;
  await failTimes(5, opened);
  await clock.advance(1_000);
  expect(transport.attempts).toHaveLength(5);
  stream.check();
  await settle();
  expect(transport.attempts).toHaveLength(6);
  await stream.close();
  expect(clock.pending).toBe(0);
});

test("check() does not end a wait before the first step is over, however often it is called", async () => {
  const opened = open();
  const { clock, stream, transport } = opened;
  await failTimes(5, opened);
  await clock.advance(400);
  stream.check();
  await clock.advance(300);
  stream.check();
  await clock.advance(299);
  expect(transport.attempts).toHaveLength(5);
  await clock.advance(1);
  expect(transport.attempts).toHaveLength(6);
  await stream.close();
  expect(clock.pending).toBe(0);
});

test("check() makes no wait longer: neither one that chance made short, nor when the clock was set back", async () => {
  const opened = open(() => 1);
  const { attempt, clock, stream, transport } = opened;
  (await attempt(0)).refuse(unreachable());
  await clock.advance(100);
  stream.check();
  // Half of the first step.
  await clock.advance(400);
  expect(transport.attempts).toHaveLength(2);
  (await attempt(1)).refuse(unreachable());
  await settle();
  const now = clock.now;
  clock.now = () => now() - 3_600_000;
  stream.check();
  await clock.advance(1_000);
  expect(transport.attempts).toHaveLength(3);
  await stream.close();
});

test("the wait that follows one cut short is no longer than that one, however often; the next is the usual one", async () => {
  const opened = open();
  const { attempt, clock, states, stream } = opened;
  await failTimes(3, opened);
  for (let index = 3; index < 6; index += 1) {
    await clock.advance(1_500);
    stream.check();
    (await attempt(index)).refuse(unreachable());
    await settle();
    expect(states.at(-1)).toMatchObject({ type: "waiting", delayMs: 4_000 });
  }
  await clock.advance(4_000);
  (await attempt(6)).refuse(unreachable());
  await settle();
  expect(states.at(-1)).toMatchObject({ type: "waiting", delayMs: 8_000 });
  await stream.close();
});

test("a wait that a check has shortened still ends at once when the stream is closed", async () => {
  const opened = open();
  await failTimes(5, opened);
  opened.stream.check();
  await opened.stream.close();
  expect(opened.clock.pending).toBe(0);
  expect(opened.transport.attempts).toHaveLength(5);
});

test("check() pings a live connection once, and leaves it alone when the ping is answered", async () => {
  const { attempt, clock, stream } = open();
  const connection = (await attempt(0)).accept();
  await settle();
  stream.check();
  stream.check();
  expect(connection.pings).toBe(1);
  connection.look({ askedAt: clock.now() });
  await clock.advance(60_000);
  expect(connection.left).toBeNull();
  expect(clock.pending).toBe(0);
  // The next one is a new question.
  stream.check();
  expect(connection.pings).toBe(2);
  await stream.close();
  expect(clock.pending).toBe(0);
});

test("check() gives up a connection on which nothing is heard for 5 s, and the usual reconnect follows", async () => {
  const { attempt, clock, states, stream } = open();
  const connection = (await attempt(0)).accept();
  await settle();
  stream.check();
  await clock.advance(4_999);
  expect(connection.left).toBeNull();
  await clock.advance(1);
  expect(connection.left).toBe("destroyed");
  expect(states.at(-1)).toMatchObject({
    type: "waiting",
    delayMs: 1_000,
    error: { code: "keep-alive-timeout", retryable: true },
  });
  await clock.advance(1_000);
  (await attempt(1)).accept({ sessionPresent: true });
  await settle();
  expect(states.at(-1)?.type).toBe("live");
  await stream.close();
});

test("what comes meanwhile buys time, but only an answer to a ping of now proves that the broker is there", async () => {
  const { attempt, clock, stream } = open();
  const connection = (await attempt(0)).accept();
  await clock.advance(10_000);
  stream.check();
  await clock.advance(4_000);
  connection.publish(TOPIC, "1");
  await clock.advance(4_000);
  // To a ping from before the sleep: it may have lain in this machine since.
  connection.look({ askedAt: clock.now() - 18_000 });
  await clock.advance(4_999);
  expect(connection.left).toBeNull();
  expect(connection.pings).toBe(1);
  await clock.advance(1);
  expect(connection.left).toBe("destroyed");
  await stream.close();
});

test("check() does nothing before a connection is live, and after the end", async () => {
  const { attempt, clock, states, stream, transport } = open();
  stream.check();
  const first = await attempt(0);
  stream.check();
  const connection = first.accept();
  stream.check();
  await settle();
  expect(connection.pings).toBe(0);
  expect(states.at(-1)?.type).toBe("live");
  stream.check();
  connection.end(new TesaError("connection-lost", "cut by the test", { retryable: true }));
  await settle();
  // No timer of the ping is left, only that of the wait.
  expect(clock.pending).toBe(1);
  expect(states.at(-1)).toMatchObject({ type: "waiting", error: { code: "connection-lost" } });
  await stream.close();
  stream.check();
  await clock.advance(60_000);
  expect(transport.attempts).toHaveLength(1);
  expect(clock.pending).toBe(0);
});

test("a stream that drains is not given up by a check from before", async () => {
  const { attempt, clock, stream } = open();
  const connection = (await attempt(0)).accept();
  await settle();
  stream.check();
  await stream.drain();
  expect(connection.left).toEqual({ sessionExpirySeconds: 0 });
  expect(clock.pending).toBe(0);
});
