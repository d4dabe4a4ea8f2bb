import { expect, test } from "vitest";
import { BatchGatherer } from "./batch-gatherer.ts";
import { TesaError } from "./errors.ts";
import type { Gap, Log } from "./log.ts";
import { createMemoryLog } from "./memory-log.ts";
import type { StreamState } from "./state.ts";
import { openStream, type StreamOptions, type TelemetryStream } from "./stream.ts";
import {
  createFakeClock,
  createFakeTransport,
  type FakeAttempt,
  type FakeTransport,
  settle,
  TEST_CONFIG,
} from "./testing/index.ts";
import { parseToken } from "./token.ts";

const TOKEN = parseToken("tesa_mqtt_acme_FAKEFAKEFAKEFAKEFAKEFAKEFAKE0001");
const TOPIC = "device/a/telemetry/temperature";

/** Jitter takes nothing away, so that waits are the steps themselves. */
const withoutJitter = () => 0;

interface Harness {
  readonly stream: TelemetryStream;
  readonly clock: ReturnType<typeof createFakeClock>;
  readonly transport: FakeTransport;
  readonly states: StreamState[];
  readonly gaps: Gap[];
  attempt(index: number): Promise<FakeAttempt>;
}

function open(
  part: Partial<Omit<StreamOptions, "config">> & { config?: Partial<StreamOptions["config"]> } = {},
  transport = createFakeTransport({ autoSuback: true }),
): Harness {
  const clock = createFakeClock();
  const gaps: Gap[] = [];
  const stream = openStream({
    readToken: () => TOKEN,
    transport,
    clock,
    random: withoutJitter,
    log: createMemoryLog({ random: withoutJitter }),
    onGap: (gap) => gaps.push(gap),
    ...part,
    config: { ...TEST_CONFIG, ...part.config },
  });
  const states: StreamState[] = [];
  void (async () => {
    for await (const state of stream.status()) states.push(state);
  })();
  return {
    stream,
    clock,
    transport,
    states,
    gaps,
    async attempt(index) {
      await settle();
      const attempt = transport.attempts[index];
      if (attempt === undefined)
        throw new Error(`There was no attempt ${index}; ${transport.attempts.length} were made.`);
      return attempt;
    },
  };
}

const types = (states: readonly StreamState[]) => states.map(({ type }) => type);
const lost = () => new TesaError("connection-lost", "cut by the test", { retryable: true });
const refused = () => new TesaError("token-refused", "refused by the test");

/** Reads in the background; gives what came and how it ended. */
function read(stream: TelemetryStream): { readonly payloads: string[]; readonly ended: Promise<unknown> } {
  const payloads: string[] = [];
  const ended = (async () => {
    try {
      for await (const message of stream) payloads.push(new TextDecoder().decode(message.payload));
      return null;
    } catch (error) {
      return error;
    }
  })();
  return { payloads, ended };
}

test("a stream goes from idle over connecting and subscribing to live", async () => {
  const { attempt, states, stream } = open();
  (await attempt(0)).accept();
  await settle();
  expect(types(states)).toEqual(["idle", "connecting", "subscribing", "live"]);
  await stream.close();
});

test("a stream waits 1, 2, 4, 8, 16, 30, 30 s between attempts that fail", async () => {
  const { attempt, clock, states, stream } = open();
  for (let index = 0; index < 7; index += 1) {
    (await attempt(index)).refuse(new TesaError("network", "unreachable", { retryable: true }));
    await clock.advance(30_000);
  }
  const waits = states.flatMap((state) => (state.type === "waiting" ? [state.delayMs] : []));
  expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  await stream.close();
});

test("a stream does not attempt before the wait is over", async () => {
  const { attempt, clock, transport, stream } = open();
  (await attempt(0)).refuse(new TesaError("network", "unreachable", { retryable: true }));
  await clock.advance(999);
  expect(transport.attempts).toHaveLength(1);
  await clock.advance(1);
  expect(transport.attempts).toHaveLength(2);
  await stream.close();
});

test("a stream resets the backoff after a connection has lasted, and not at the connect", async () => {
  const { attempt, clock, states, stream } = open();
  for (const [index, livedMs] of [5_000, 29_999, 30_000].entries()) {
    const connection = (await attempt(index)).accept({ sessionPresent: true });
    await clock.advance(livedMs);
    connection.end(lost());
    await clock.advance(4_000);
  }
  const waits = states.flatMap((state) => (state.type === "waiting" ? [state.delayMs] : []));
  expect(waits).toEqual([1_000, 2_000, 1_000]);
  await stream.close();
});

test("a stream keeps its session over a reconnect and starts clean the first time", async () => {
  const { attempt, clock, gaps, stream } = open();
  const first = await attempt(0);
  expect(first.request).toMatchObject({ cleanStart: true, sessionExpirySeconds: 300, protocolVersion: 5 });
  const connection = first.accept();
  await settle();
  connection.end(lost());
  await clock.advance(1_000);
  const second = await attempt(1);
  expect(second.request.cleanStart).toBe(false);
  expect(second.request.clientId).toBe(first.request.clientId);
  second.accept({ sessionPresent: true });
  await settle();
  expect(gaps).toEqual([]);
  await stream.close();
});

test("a stream records a certain gap when the broker no longer has the session", async () => {
  const { attempt, clock, gaps, stream } = open();
  const connection = (await attempt(0)).accept();
  await settle();
  const from = clock.now();
  connection.end(lost());
  await clock.advance(1_000);
  (await attempt(1)).accept({ sessionPresent: false });
  await settle();
  expect(gaps).toEqual([{ kind: "certain", from, to: from + 1_000 }]);
  expect(stream.counts.gaps).toBe(1);
  await stream.close();
});

test.each([
  ["often", 300, 1_000],
  ["seldom", 2_000, 0],
])(
  "a certain gap begins with the last message that came, or just before, where they come %s",
  async (_often, everyMs, earlyMs) => {
    const { attempt, clock, gaps, stream } = open();
    read(stream);
    const connection = (await attempt(0)).accept();
    await settle();
    let asked = 0;
    let lastAt = 0;
    for (let id = 1; id <= 40; id += 1) {
      await clock.advance(everyMs);
      lastAt = clock.now();
      connection.publish(TOPIC, String(id), id);
      await settle();
      if (connection.looks > asked) connection.look({ askedAt: lastAt });
      asked = connection.looks;
    }
    await clock.advance(everyMs / 2);
    connection.end(lost());
    await clock.advance(1_000);
    (await attempt(1)).accept({ sessionPresent: false });
    await settle();
    expect(gaps).toMatchObject([{ kind: "certain" }]);
    expect(gaps[0]?.from).toBeLessThanOrEqual(lastAt);
    expect(gaps[0]?.from).toBeGreaterThanOrEqual(lastAt - earlyMs);
    // A look a second at the most.
    expect(asked).toBeLessThanOrEqual(Math.ceil((40 * everyMs) / 1_000));
    await stream.close();
  },
);

test("a stream starts clean each time on MQTT 3.1.1 without a durable log, where sessions would not expire by themselves", async () => {
  const { attempt, clock, stream } = open({ config: { protocolVersion: 4 } });
  const connection = (await attempt(0)).accept();
  await settle();
  connection.end(lost());
  await clock.advance(1_000);
  expect((await attempt(1)).request).toMatchObject({
    cleanStart: true,
    sessionExpirySeconds: 0,
    protocolVersion: 4,
  });
  await stream.close();
});

test("a stream resumes from the start with a durable log", async () => {
  const { attempt, stream } = open({ log: { ...createMemoryLog({ random: withoutJitter }), durable: true } });
  expect((await attempt(0)).request.cleanStart).toBe(false);
  await stream.close();
});

test("a stream ends after one attempt when the token is refused at the first connect", async () => {
  const { attempt, clock, stream, transport } = open();
  const { ended } = read(stream);
  (await attempt(0)).refuse(refused());
  await clock.advance(120_000);
  expect(await ended).toMatchObject({ code: "token-refused" });
  expect(transport.attempts).toHaveLength(1);
  expect(stream.state).toMatchObject({ type: "closed", error: { code: "token-refused" } });
});

test("a stream retries slowly when a token is refused that had been accepted", async () => {
  const { attempt, clock, states, stream } = open();
  const connection = (await attempt(0)).accept();
  await settle();
  connection.end(lost());
  await clock.advance(1_000);
  for (const index of [1, 2, 3]) {
    (await attempt(index)).refuse(refused());
    await clock.advance(30_000);
  }
  const waits = states.flatMap((state) => (state.type === "waiting" ? [state.delayMs] : []));
  expect(waits).toEqual([1_000, 30_000, 30_000, 30_000]);
  await stream.close();
});

test("a stream ends when another token, never accepted, is refused after a rotation", async () => {
  const tokens = [TOKEN, parseToken("tesa_mqtt_acme_FAKEFAKEFAKEFAKEFAKEFAKEFAKE0002")];
  const { attempt, clock, stream } = open({ readToken: () => tokens.shift() ?? TOKEN });
  const connection = (await attempt(0)).accept();
  await settle();
  connection.end(lost());
  await clock.advance(1_000);
  (await attempt(1)).refuse(refused());
  await settle();
  expect(stream.state).toMatchObject({ type: "closed", error: { code: "token-refused" } });
});

test("a stream reads the token anew at each connect", async () => {
  const second = "tesa_mqtt_acme_FAKEFAKEFAKEFAKEFAKEFAKEFAKE0002";
  const tokens = [TOKEN, parseToken(second)];
  const { attempt, clock, stream } = open({ readToken: () => tokens.shift() ?? TOKEN });
  (await attempt(0)).refuse(new TesaError("network", "unreachable", { retryable: true }));
  await clock.advance(1_000);
  expect((await attempt(1)).request).toMatchObject({ username: second, password: second });
  await stream.close();
});

test("a stream asks again at once with 3.1.1 when the broker knows no MQTT 5", async () => {
  const { attempt, states, stream } = open();
  (await attempt(0)).refuse(new TesaError("protocol-version", "no MQTT 5"));
  expect((await attempt(1)).request.protocolVersion).toBe(4);
  expect(types(states)).not.toContain("waiting");
  await stream.close();
});

test("a stream ends when the wanted version of MQTT is refused", async () => {
  const { attempt, stream } = open({ config: { protocolVersion: 5 } });
  (await attempt(0)).refuse(new TesaError("protocol-version", "no MQTT 5"));
  await settle();
  expect(stream.state).toMatchObject({ type: "closed", error: { code: "protocol-version" } });
});

test("a stream takes a SUBACK of 0x80 or more for a refusal and names the filter", async () => {
  const { attempt, stream } = open(
    { config: { filters: ["device/a/telemetry/#", "device/b/telemetry/#"] } },
    createFakeTransport(),
  );
  const connection = (await attempt(0)).accept();
  await settle();
  connection.suback([1, 0x87]);
  await settle();
  expect(stream.state).toMatchObject({
    type: "closed",
    error: { code: "subscription-refused", reasonCode: 0x87 },
  });
  const { error } = stream.state as Extract<StreamState, { type: "closed" }>;
  expect(error?.message).toContain('"device/b/telemetry/#"');
  expect(error?.message).not.toContain('"device/a/telemetry/#"');
  expect(connection.left).toBe("destroyed");
});

test("a stream gives up waiting for a SUBACK after 15 s and tries again", async () => {
  const { attempt, clock, states, stream } = open({}, createFakeTransport());
  const connection = (await attempt(0)).accept();
  await clock.advance(15_000);
  expect(states.at(-1)).toMatchObject({ type: "waiting", error: { code: "subscription-timeout" } });
  expect(connection.left).toBe("destroyed");
  await stream.close();
});

test("a stream takes three closes running between SUBSCRIBE and SUBACK for a refusal", async () => {
  const { attempt, clock, stream } = open({}, createFakeTransport());
  for (const index of [0, 1, 2]) {
    expect(stream.state.type).not.toBe("closed");
    const connection = (await attempt(index)).accept();
    await settle();
    connection.end(lost());
    await clock.advance(4_000);
  }
  expect(stream.state).toMatchObject({ type: "closed", error: { code: "subscription-refused" } });
});

test("a stream ends when it is taken over", async () => {
  const { attempt, stream } = open();
  const connection = (await attempt(0)).accept();
  await settle();
  connection.end(new TesaError("taken-over", "0x8E"));
  await settle();
  expect(stream.state).toMatchObject({ type: "closed", error: { code: "taken-over" } });
});

test("a stream on 3.1.1 ends after two closes of code 1000 within 30 s: possibly taken over", async () => {
  const { attempt, clock, stream } = open({ config: { protocolVersion: 4 } });
  (await attempt(0)).accept().end(lost(), 1_000);
  await clock.advance(10_000);
  const second = (await attempt(1)).accept();
  await settle();
  second.end(lost(), 1_000);
  await settle();
  expect(stream.state).toMatchObject({ type: "closed", error: { code: "taken-over" } });
});

test("a stream on 3.1.1 comes back after two closes of code 1000 that lie further apart", async () => {
  const { attempt, clock, stream } = open({ config: { protocolVersion: 4 } });
  const first = (await attempt(0)).accept();
  await settle();
  first.end(lost(), 1_000);
  await clock.advance(1_000);
  const second = (await attempt(1)).accept();
  await clock.advance(31_000);
  second.end(lost(), 1_000);
  await settle();
  expect(stream.state.type).toBe("waiting");
  await stream.close();
});

test("a stream ends on the first failure when told not to wait", async () => {
  const { attempt, stream } = open({ wait: false });
  (await attempt(0)).refuse(new TesaError("network", "unreachable", { retryable: true }));
  await settle();
  expect(stream.state).toMatchObject({ type: "closed", error: { code: "network" } });
});

test("a stream acknowledges a message when the next one is asked for", async () => {
  const { attempt, stream } = open();
  const reader = stream[Symbol.asyncIterator]();
  const connection = (await attempt(0)).accept();
  await settle();
  connection.publish(TOPIC, "1", 11);
  connection.publish(TOPIC, "2", 12);
  expect((await reader.next()).value).toMatchObject({ seq: 1 });
  await settle();
  expect(connection.acknowledged).toEqual([]);
  expect((await reader.next()).value).toMatchObject({ seq: 2 });
  expect(connection.acknowledged).toEqual([11]);
  await stream.close();
});

test("a stream acknowledges at once what a durable log has stored", async () => {
  const { attempt, stream } = open({ log: { ...createMemoryLog({ random: withoutJitter }), durable: true } });
  const reader = stream.batches();
  const connection = (await attempt(0)).accept();
  await settle();
  connection.publish(TOPIC, "1", 11);
  await reader.next();
  expect(connection.acknowledged).toEqual([11]);
  await stream.close();
});

test("a stream acknowledges a message that the log keeps aside, and does not hand it out", async () => {
  const memory = createMemoryLog({ random: withoutJitter });
  const log: Log = {
    ...memory,
    durable: true,
    append: async (batch) => ({ ...(await memory.append(batch.slice(1))), rejected: [0] }),
  };
  const { attempt, stream } = open({ log });
  const reader = stream.batches();
  const connection = (await attempt(0)).accept();
  await settle();
  connection.publish(TOPIC, "bad", 11);
  connection.publish(TOPIC, "good", 12);
  const batch = await reader.next();
  expect(batch.value?.messages).toMatchObject([{ seq: 1 }]);
  expect(new TextDecoder().decode(batch.value?.messages[0]?.payload)).toBe("good");
  expect(connection.acknowledged).toEqual([11, 12]);
  expect(stream.counts).toMatchObject({ received: 1, rejected: 1 });
  await stream.close();
});

test("a stream acknowledges nothing while the log has not stored it", async () => {
  let stored: () => void = () => {};
  const memory = createMemoryLog({ random: withoutJitter });
  const log: Log = {
    ...memory,
    durable: true,
    async append(batch) {
      await new Promise<void>((resolve) => {
        stored = resolve;
      });
      return memory.append(batch);
    },
  };
  const { attempt, stream } = open({ log });
  const reading = stream.batches().next();
  const connection = (await attempt(0)).accept();
  await settle();
  connection.publish(TOPIC, "1", 11);
  await settle();
  expect(connection.acknowledged).toEqual([]);
  stored();
  await reading;
  expect(connection.acknowledged).toEqual([11]);
  await stream.close();
});

test("a stream acknowledges a redelivery and does not hand it out again", async () => {
  const { attempt, clock, stream } = open();
  const { payloads } = read(stream);
  const first = (await attempt(0)).accept();
  await settle();
  first.publish(TOPIC, "1", 11);
  first.publish(TOPIC, "2", 12);
  first.end(lost());
  await clock.advance(1_000);
  const second = (await attempt(1)).accept({ sessionPresent: true });
  second.publish(TOPIC, "1", 11);
  second.publish(TOPIC, "2", 12);
  second.publish(TOPIC, "3", 13);
  await settle();
  expect(payloads).toEqual(["1", "2", "3"]);
  expect(second.acknowledged).toEqual([11, 12, 13]);
  await stream.close();
});

test("a stream knows redeliveries that EMQX sends behind new messages", async () => {
  const { attempt, clock, stream } = open();
  const { payloads } = read(stream);
  const first = (await attempt(0)).accept();
  await settle();
  first.publish(TOPIC, "1", 11);
  await settle();
  first.end(lost());
  await clock.advance(1_000);
  const second = (await attempt(1)).accept({ sessionPresent: true });
  second.publish(TOPIC, "2", 12);
  await settle();
  second.publish(TOPIC, "1", 11, true);
  second.publish(TOPIC, "2", 12, true);
  second.publish(TOPIC, "3", 13);
  await settle();
  expect(payloads).toEqual(["1", "2", "3"]);
  expect(second.acknowledged).toEqual([12, 11, 12, 13]);
  await stream.close();
});

test("a stream takes messages that arrive right after the CONNACK, before any SUBACK", async () => {
  const { attempt, stream } = open({}, createFakeTransport());
  const { payloads } = read(stream);
  const connection = (await attempt(0)).accept({ sessionPresent: true });
  connection.publish(TOPIC, "early", 1);
  await settle();
  expect(payloads).toEqual(["early"]);
  await stream.close();
});

test("a stream leaves a broker that sends more than the receive maximum, and drops QoS 0 beyond it", async () => {
  const { attempt, stream } = open({ config: { receiveMaximum: 2 } });
  const connection = (await attempt(0)).accept();
  await settle();
  for (const id of [1, 2]) connection.publish(TOPIC, "x", id);
  connection.publish(TOPIC, "x");
  expect(stream.counts.dropped).toBe(1);
  expect(connection.left).toBeNull();
  connection.publish(TOPIC, "x", 3);
  expect(connection.left).toBe("destroyed");
  await stream.close();
});

test("a stream unsubscribes on start what it no longer wants", async () => {
  const log = { ...createMemoryLog({ random: withoutJitter }), durable: true };
  await log.saveSession({
    clientId: "kept",
    filters: ["device/old/telemetry/#"],
    acceptedToken: null,
    connectedUntil: null,
  });
  const { attempt, stream } = open({ log });
  const connection = (await attempt(0)).accept({ sessionPresent: true });
  await settle();
  expect(connection.unsubscribed).toEqual(["device/old/telemetry/#"]);
  await stream.close();
});

test("a stream with a durable log records a gap since the last process, when the broker has no session any more", async () => {
  const log = { ...createMemoryLog({ random: withoutJitter }), durable: true };
  await log.saveSession({
    clientId: "kept",
    filters: [],
    acceptedToken: null,
    connectedUntil: 1_600_000_000_000,
  });
  const { attempt, clock, gaps, stream } = open({ log });
  (await attempt(0)).accept({ sessionPresent: false });
  await settle();
  expect(gaps).toEqual([{ kind: "certain", from: 1_600_000_000_000, to: clock.now() }]);
  await clock.advance(5_000);
  await stream.close();
  expect(await log.session()).toMatchObject({ connectedUntil: clock.now() });
});

test("a stream holds the acknowledgements while the log fails, says so, and goes on by itself", async () => {
  const memory = createMemoryLog({ random: withoutJitter });
  let fails = 2;
  const log: Log = {
    ...memory,
    durable: true,
    async append(batch) {
      fails -= 1;
      if (fails >= 0) throw new TesaError("log", "the disk is full", { retryable: true });
      return memory.append(batch);
    },
  };
  const troubles: (string | null)[] = [];
  const { attempt, clock, stream } = open({
    log,
    onLogTrouble: (trouble) => troubles.push(trouble?.error.message ?? null),
  });
  const { payloads } = read(stream);
  const connection = (await attempt(0)).accept();
  await settle();
  connection.publish(TOPIC, "1", 11);
  await clock.advance(250);
  expect(connection.acknowledged).toEqual([]);
  expect(connection.left).toBeNull();
  await clock.advance(100);
  expect(payloads).toEqual(["1"]);
  expect(connection.acknowledged).toEqual([11]);
  expect(troubles).toEqual(["the disk is full", "the disk is full", null]);
  await stream.close();
});

test("a stream ends with the log's error when the log has failed for good", async () => {
  const log: Log = {
    ...createMemoryLog({ random: withoutJitter }),
    durable: true,
    append: () => Promise.reject(new TesaError("log", "not a database any more")),
  };
  const { attempt, stream } = open({ log });
  const { ended } = read(stream);
  const connection = (await attempt(0)).accept();
  await settle();
  connection.publish(TOPIC, "1", 11);
  expect(await ended).toMatchObject({ code: "log" });
  expect(stream.state).toMatchObject({ type: "closed", error: { code: "log" } });
  expect(connection.acknowledged).toEqual([]);
  expect(connection.left).toBe("destroyed");
});

test("a stream records a possible gap when it was away for longer than the broker's queue lasts", async () => {
  const { attempt, clock, gaps, stream } = open({ config: { brokerQueue: 10 } });
  read(stream);
  const connection = (await attempt(0)).accept();
  await settle();
  for (let id = 1; id <= 50; id += 1) {
    connection.publish(TOPIC, String(id), id);
    await settle();
    connection.look({ askedAt: clock.now() });
    await clock.advance(100);
  }
  const from = clock.now() - 100;
  connection.end(lost());
  await clock.advance(1_000);
  (await attempt(1)).refuse(new TesaError("network", "unreachable", { retryable: true }));
  await clock.advance(2_000);
  (await attempt(2)).accept({ sessionPresent: true });
  await settle();
  expect(gaps).toEqual([{ kind: "possible", from, to: from + 3_100 }]);
  await stream.close();
});

test("a stream asks the broker for its queue when an eighth of it has come, and records a gap when it is never empty", async () => {
  const { attempt, clock, gaps, stream } = open({ config: { brokerQueue: 100 } });
  read(stream);
  const connection = (await attempt(0)).accept();
  await settle();
  const from = clock.now();
  let id = 0;
  const publish = async (count: number) => {
    for (const until = id + count; id < until; ) {
      id += 1;
      connection.publish(TOPIC, String(id), id);
    }
    await settle();
  };
  await publish(12);
  expect(connection.looks).toBe(0);
  await publish(1);
  expect(connection.looks).toBe(1);
  connection.look({ inFlight: 5 });
  await publish(86);
  connection.look({ inFlight: 5 });
  expect(gaps).toEqual([]);
  await clock.advance(500);
  await publish(1);
  expect(gaps).toEqual([{ kind: "possible", from, to: from + 500 }]);
  // One less in flight than before: its queue is empty.
  connection.look({ askedAt: clock.now(), inFlight: 4 });
  await publish(99);
  await stream.close();
  expect(gaps).toHaveLength(1);
});

test("a stream finds by its durable log that the queue was never empty for an earlier process either", async () => {
  const queue = { config: { brokerQueue: 100 } };
  let saved = await createMemoryLog({ random: withoutJitter }).session();
  const at: number[] = [];
  const log: Log = {
    ...createMemoryLog({ random: withoutJitter }),
    durable: true,
    session: async () => saved,
    saveSession: async (session) => {
      saved = session;
    },
    append: async (batch) => {
      at.push(...batch.map(({ message }) => message.receivedAt));
      return { firstSeq: 1, lastSeq: batch.length, redelivered: [] };
    },
    countSince: async (from, atMost) => Math.min(atMost, at.filter((time) => time >= from).length),
  };
  const first = open({ log, ...queue });
  read(first.stream);
  const connection = (await first.attempt(0)).accept();
  await settle();
  for (let id = 1; id <= 60; id += 1) connection.publish(TOPIC, String(id), id);
  await settle();
  // A copy, as SIGKILL leaves it: nothing is written at the end.
  const left = { ...saved, connectedUntil: first.clock.now() };
  await first.stream.close();
  saved = left;
  const second = open({ log, ...queue });
  read(second.stream);
  const again = (await second.attempt(0)).accept({ sessionPresent: true });
  await settle();
  for (let id = 61; id <= 99; id += 1) again.publish(TOPIC, String(id), id);
  await settle();
  expect(second.gaps).toEqual([]);
  again.publish(TOPIC, "100", 100);
  await settle();
  expect(second.gaps).toMatchObject([{ kind: "possible", from: left.caughtUpAt }]);
  await second.stream.close();
});

test("a stream gives a gap that its log could not take to the next process", async () => {
  let isFull = true;
  const recorded: Gap[] = [];
  const memory = createMemoryLog({ random: withoutJitter });
  const log: Log = {
    ...memory,
    durable: true,
    recordGap: async (gap) => {
      if (isFull) throw new TesaError("log", "full", { retryable: true });
      recorded.push(gap);
    },
  };
  const { attempt, clock, stream, transport } = open({ log });
  const from = clock.now();
  const connection = (await attempt(0)).accept();
  await settle();
  connection.end(lost());
  await clock.advance(1_000);
  (await attempt(1)).accept({ sessionPresent: false });
  await settle();
  isFull = false;
  await clock.advance(2_000);
  expect(transport.attempts).toHaveLength(3);
  (await attempt(2)).accept({ sessionPresent: true });
  await settle();
  expect(recorded).toMatchObject([{ kind: "certain", from }]);
  await stream.close();
});

test("drain() hands out and acknowledges what was received, then ends the session", async () => {
  const { attempt, stream } = open();
  const reader = stream.batches();
  const connection = (await attempt(0)).accept();
  await settle();
  connection.publish(TOPIC, "1", 11);
  const batch = await reader.next();
  connection.publish(TOPIC, "2", 12);
  const drained = stream.drain();
  connection.publish(TOPIC, "too late", 13);
  await settle();
  expect(connection.left).toBeNull();
  batch.value?.done();
  const last = await reader.next();
  expect(last.value?.messages).toHaveLength(1);
  last.value?.done();
  expect((await reader.next()).done).toBe(true);
  await drained;
  expect(connection.acknowledged).toEqual([11, 12]);
  expect(connection.left).toEqual({ sessionExpirySeconds: 0 });
});

test("drain() leaves the session standing with a durable log", async () => {
  const { attempt, stream } = open({ log: { ...createMemoryLog({ random: withoutJitter }), durable: true } });
  const connection = (await attempt(0)).accept();
  await settle();
  await stream.drain();
  expect(connection.left).toEqual({ sessionExpirySeconds: 300 });
});

test("drain() and close() end a stream in each state, twice if asked, and leave no timer behind", async () => {
  const reach: Readonly<Record<string, (harness: Harness) => Promise<unknown> | undefined>> = {
    idle: () => undefined,
    connecting: settle,
    subscribing: async ({ attempt }) => {
      (await attempt(0)).accept();
      await settle();
    },
    live: async ({ attempt }) => {
      const connection = (await attempt(0)).accept();
      await settle();
      connection.suback();
      await settle();
    },
    waiting: async ({ attempt }) => {
      (await attempt(0)).refuse(lost());
      await settle();
    },
    closed: async ({ stream }) => await stream.close(),
  };
  for (const [state, arrive] of Object.entries(reach)) {
    for (const end of ["drain", "close"] as const) {
      const harness = open({}, createFakeTransport());
      const arriving = arrive(harness);
      // Even an await of nothing would let the stream leave its first state.
      if (arriving !== undefined) await arriving;
      expect(harness.stream.state.type).toBe(state);
      await harness.stream[end]();
      await harness.stream[end]();
      expect(harness.stream.state).toEqual({ type: "closed", error: null });
      expect(harness.clock.pending, `${end}() while ${state}`).toBe(0);
    }
  }
});

test("close() while draining does not wait for the reader", async () => {
  const { attempt, stream } = open();
  const reader = stream.batches();
  const connection = (await attempt(0)).accept();
  await settle();
  connection.publish(TOPIC, "1", 11);
  await reader.next();
  const drained = stream.drain();
  await stream.close();
  await drained;
  expect(connection.left).toBe("destroyed");
  expect(connection.acknowledged).toEqual([]);
});

test("drain() leaves the session of a worker in a share group standing, so that the others get what it had not acknowledged", async () => {
  const { attempt, stream } = open({ config: { share: "workers", sessionExpirySeconds: 5 } });
  const connection = (await attempt(0)).accept();
  await settle();
  await stream.drain();
  expect(connection.left).toEqual({ sessionExpirySeconds: 5 });
});

test("leaving the loop ends the stream, so that the program can end", async () => {
  const { attempt, clock, stream } = open();
  const reading = (async () => {
    for await (const { seq } of stream) if (seq === 2) break;
  })();
  const connection = (await attempt(0)).accept();
  await settle();
  for (const id of [11, 12, 13]) connection.publish(TOPIC, String(id), id);
  await reading;
  expect(connection.acknowledged).toEqual([11]);
  expect(connection.left).toEqual({ sessionExpirySeconds: 0 });
  expect(stream.state).toEqual({ type: "closed", error: null });
  expect(clock.pending).toBe(0);
});

test("a second reader is told that a stream has one reader", async () => {
  const { stream } = open();
  stream.batches();
  expect(() => stream.batches()).toThrow(expect.objectContaining({ code: "usage" }));
  await stream.close();
});

test("status() gives a late watcher the present state and ends after closed", async () => {
  const { stream } = open();
  await settle();
  const seen: string[] = [];
  const watching = (async () => {
    for await (const { type } of stream.status()) seen.push(type);
  })();
  await stream.close();
  await watching;
  expect(seen).toEqual(["connecting", "closed"]);
});

test("a stream has commits of a durable log wait for each other, and a log in memory for nothing", async () => {
  for (const durable of [true, false]) {
    const memory = createMemoryLog({ random: withoutJitter });
    const batches: number[] = [];
    const log: Log = {
      ...memory,
      durable,
      append: (batch) => {
        batches.push(batch.length);
        return memory.append(batch);
      },
    };
    const transport = createFakeTransport({ autoSuback: true });
    const { attempt, clock, stream } = open(
      { log },
      { ...transport, createBatches: (intake, time) => new BatchGatherer(intake, time) },
    );
    read(stream);
    const connection = (await attempt(0)).accept();
    await settle();
    for (const id of [1, 2, 3]) {
      connection.publish(TOPIC, String(id), id);
      await settle();
    }
    await clock.advance(4);
    expect(batches).toEqual(durable ? [1, 2] : [1, 1, 1]);
    await stream.close();
  }
});
