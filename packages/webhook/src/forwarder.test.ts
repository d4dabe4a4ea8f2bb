import { createFakeClock, type FakeClock } from "@tesa/core/testing";
import { createMemoryTelemetryLog, type ReaderState, type TelemetryLog } from "@tesa/log";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openWebhookForwarder, type WebhookForwarder } from "./forwarder.ts";
import { createGuardedFetch } from "./node/guarded-fetch.ts";
import type { WebhookForwarderOptions } from "./options.ts";
import { entriesOf, entry, entryOn } from "./testing/messages.ts";
import { type Receiver, SECRET, startReceiver, verifySignature } from "./testing/receiver.ts";
import { reopenable } from "./testing/reopenable-log.ts";
import { until } from "./testing/until.ts";

const OTHER_SECRET = `whsec_${Buffer.alloc(24, "OLD").toString("base64")}`;

let clock: FakeClock;
let log: TelemetryLog;
let receiver: Receiver;
let hooks: { failSave?: (name: string) => boolean };
const opened: WebhookForwarder[] = [];

beforeEach(async () => {
  clock = createFakeClock();
  hooks = {};
  log = reopenable(createMemoryTelemetryLog({ random: () => 0.5, clock }), hooks);
  receiver = await startReceiver();
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((forwarder) => forwarder.close()));
  await receiver[Symbol.asyncDispose]();
  expect(clock.pending).toBe(0);
});

async function open(options: Partial<WebhookForwarderOptions> = {}): Promise<WebhookForwarder> {
  const forwarder = await openWebhookForwarder({
    url: receiver.url,
    secret: SECRET,
    log,
    clock,
    random: () => 0,
    lingerMs: 0,
    name: "test",
    ...options,
  });
  opened.push(forwarder);
  return forwarder;
}

const seqs = (messages: readonly { readonly seq: number }[]) => messages.map(({ seq }) => seq);
const numbers = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);
const caughtUp = (forwarder: WebhookForwarder) =>
  until(() => forwarder.state.type === "caught-up", `caught-up, not ${JSON.stringify(forwarder.state)}`);
const isState = (forwarder: WebhookForwarder, type: ReaderState["type"]) =>
  until(() => forwarder.state.type === type, `${type}, not ${JSON.stringify(forwarder.state)}`);

/** The error of a state that has one. */
function errorOf({ state }: WebhookForwarder) {
  if (state.type !== "waiting" && state.type !== "paused")
    throw new Error(`There is none when ${state.type}.`);
  return state.error;
}

/** Moves the time on to the end of the wait, and until the lanes have come to rest again. */
async function passWait(forwarder: WebhookForwarder): Promise<number> {
  const { state } = forwarder;
  if (state.type !== "waiting") throw new Error(`It is ${state.type}.`);
  const waitMs = state.until - clock.now();
  const before = receiver.requests.length;
  await clock.advance(waitMs);
  await until(() => receiver.requests.length > before && forwarder.state.type !== "reading");
  return waitMs;
}

describe("what the receiver gets", () => {
  test("is signed as Standard Webhooks says, and holds the messages as NDJSON has them", async () => {
    await log.append([
      entry("d1", '{"temperature":21.5}'),
      entry("d1", "hello"),
      entry("d1", Uint8Array.of(0xff, 0)),
    ]);
    const forwarder = await open({ lanes: 1 });
    await caughtUp(forwarder);
    expect(receiver.requests).toHaveLength(1);
    const [request] = receiver.requests;
    if (request === undefined) throw new Error("unreachable");
    verifySignature(request);
    expect(request.headers["content-type"]).toBe("application/json");
    expect(request.headers["webhook-timestamp"]).toBe("1700000000");
    expect(request.id).toBe(`${log.id}-${log.epoch}-lane0of1-1-3`);
    expect(JSON.parse(request.body)).toMatchObject({
      type: "telemetry.batch",
      timestamp: "2023-11-14T22:13:20.000Z",
      data: {
        log: log.id,
        epoch: log.epoch,
        firstSeq: 1,
        lastSeq: 3,
        messages: [
          { seq: 1, deviceId: "d1", payload: { temperature: 21.5 }, format: "json" },
          { seq: 2, payload: "hello", format: "text" },
          { seq: 3, payload: "/wA=", format: "binary" },
        ],
      },
    });
  });

  test("bears a signature of each secret while they are being changed", async () => {
    await log.append([entry("d1")]);
    await caughtUp(await open({ secret: [SECRET, OTHER_SECRET] }));
    const [request] = receiver.requests;
    if (request === undefined) throw new Error("unreachable");
    verifySignature(request, SECRET);
    verifySignature(request, OTHER_SECRET);
  });

  test("comes in the order of each device, over lanes that never overlap for one device", async () => {
    const devices = numbers(1, 12).map((number) => `device-${number}`);
    const underWay = new Set<string>();
    const overlaps: string[] = [];
    receiver.answer = async ({ messages }) => {
      const here = new Set(messages.map(({ deviceId }) => String(deviceId)));
      overlaps.push(...[...here].filter((device) => underWay.has(device)));
      for (const device of here) underWay.add(device);
      await new Promise((resolve) => setTimeout(resolve, 3));
      for (const device of here) underWay.delete(device);
      return 200;
    };
    const forwarder = await open({ lanes: 4, batchSize: 5 });
    for (let round = 0; round < 10; round += 1) await log.append(entriesOf(devices, 24));
    await caughtUp(forwarder);
    expect(overlaps).toEqual([]);
    expect(receiver.mostAtOnce).toBeGreaterThan(1);
    expect(receiver.mostAtOnce).toBeLessThanOrEqual(4);
    for (const device of devices) {
      const own = seqs(receiver.taken.filter(({ deviceId }) => deviceId === device));
      expect(own).toHaveLength(20);
      expect(own).toEqual([...own].sort((a, b) => a - b));
    }
    expect(forwarder.counts).toEqual({ delivered: 240, deadLetters: 0, missed: 0 });
  });

  test("comes in batches of the given number and of the given bytes, a larger message alone", async () => {
    await log.append(entriesOf(["d1"], 25));
    await log.append([entry("d1", `"${"x".repeat(3_000)}"`), ...entriesOf(["d1"], 2)]);
    await caughtUp(await open({ lanes: 1, batchSize: 10, maxBatchBytes: 2_500 }));
    expect(seqs(receiver.taken)).toEqual(numbers(1, 28));
    for (const { body, messages } of receiver.requests) {
      expect(messages.length).toBeLessThanOrEqual(10);
      if (messages.length > 1) expect(body.length).toBeLessThanOrEqual(2_500);
    }
    expect(receiver.requests.some(({ messages }) => messages.length === 1 && messages[0]?.seq === 26)).toBe(
      true,
    );
  });

  test("holds messages whose topic names no device too", async () => {
    await log.append([entryOn("plant/1/alarm"), entryOn("plant/2/alarm")]);
    await caughtUp(await open());
    expect(receiver.taken.map(({ deviceId }) => deviceId)).toEqual([null, null]);
  });

  test("grows to a batch while messages come in one by one, except the first", async () => {
    const forwarder = await open({ lanes: 1, lingerMs: 50 });
    await caughtUp(forwarder);
    for (let index = 0; index < 5; index += 1) {
      await log.append([entry("d1")]);
      if (index === 0) await until(() => receiver.taken.length === 1);
    }
    await until(() => clock.pending === 1, "the wait for more");
    await clock.advance(50);
    await caughtUp(forwarder);
    expect(receiver.requests.map(({ messages }) => messages.length)).toEqual([1, 4]);
  });
});

describe("a message that the receiver refuses", () => {
  test.each([400, 413, 422])(
    "with %i is found, becomes a dead letter, and all others are delivered in order",
    async (status) => {
      receiver.answer = ({ messages }) => (messages.some(({ seq }) => seq === 37) ? status : 200);
      await log.append(entriesOf(["d1"], 100));
      const forwarder = await open({ lanes: 1 });
      await caughtUp(forwarder);
      expect(seqs(receiver.taken)).toEqual(numbers(1, 100).filter((seq) => seq !== 37));
      const letters = await log.deadLetters({ reader: forwarder.name });
      expect(letters).toHaveLength(1);
      expect(letters[0]).toMatchObject({ reader: "webhook:test", message: { seq: 37 } });
      expect(letters[0]?.reason).toContain(`answered ${status}`);
      expect(forwarder.counts).toEqual({ delivered: 99, deadLetters: 1, missed: 0 });
      // 1 for the whole batch and 2 for each halving, of which there are at most 7.
      expect(receiver.requests.length).toBeLessThanOrEqual(15);
    },
  );

  test("takes the receiver's words into the reason, in one line and without what acts on a terminal", async () => {
    receiver.answer = () => (response) => {
      response
        .writeHead(422)
        .end(`no\n\u001b[31msuch device ${SECRET} tesa_mqtt_acme_FAKEFAKEFAKEFAKEFAKEFAKEFAKE0001`);
    };
    await log.append([entry("d1")]);
    const forwarder = await open();
    await caughtUp(forwarder);
    const [letter] = await log.deadLetters();
    expect(letter?.reason).toContain('answered 422: "no [31msuch device whsec_... tesa_mqtt_..."');
  });

  test("by its size makes later batches smaller", async () => {
    receiver.answer = ({ body }) => (body.length > 8_000 ? 413 : 200);
    await log.append(entriesOf(["d1"], 400));
    const forwarder = await open({ lanes: 1 });
    await caughtUp(forwarder);
    expect(seqs(receiver.taken)).toEqual(numbers(1, 400));
    const refusals = receiver.requests.filter(({ body }) => body.length > 8_000);
    expect(refusals.length).toBeLessThanOrEqual(3);
    expect(forwarder.counts.deadLetters).toBe(0);
  });

  test("is one of too many in a row, none of them taken: the lane pauses and makes no more dead letters", async () => {
    receiver.answer = () => 400;
    await log.append(entriesOf(["d1"], 30));
    const forwarder = await open({ lanes: 1, maxRefusedInARow: 10 });
    await isState(forwarder, "paused");
    expect(forwarder.counts).toEqual({ delivered: 0, deadLetters: 10, missed: 0 });
    expect(errorOf(forwarder).message).toContain("refused 10 messages one after the other");
    receiver.answer = () => 200;
    forwarder.resume();
    await caughtUp(forwarder);
    expect(seqs(receiver.taken)).toEqual(numbers(11, 30));
  });
});

describe("a receiver that is down", () => {
  test.each([500, 502, 503, 504, 408, 425, 429])(
    "with %i gets the same batch under the same id until it takes it",
    async (status) => {
      receiver.answer = () => status;
      await log.append(entriesOf(["d1"], 3));
      const forwarder = await open({ lanes: 1, schedule: [1_000, 2_000, 5_000, 10_000] });
      await isState(forwarder, "waiting");
      expect(errorOf(forwarder)).toMatchObject({ code: "output", retryable: true, reasonCode: status });
      expect(await passWait(forwarder)).toBe(1_000);
      expect(await passWait(forwarder)).toBe(2_000);
      receiver.answer = () => 200;
      await passWait(forwarder);
      await caughtUp(forwarder);
      expect(seqs(receiver.taken)).toEqual([1, 2, 3]);
      expect(receiver.requests).toHaveLength(4);
      expect(new Set(receiver.requests.map(({ id }) => id)).size).toBe(1);
      expect(new Set(receiver.requests.map(({ body }) => body)).size).toBe(1);
      // 0, 1, 3 and 8 seconds after the first: each try has a time stamp and a signature of its own.
      expect(
        receiver.requests.map(({ headers }) => Number(headers["webhook-timestamp"]) - 1_700_000_000),
      ).toEqual([0, 1, 3, 8]);
      for (const request of receiver.requests) verifySignature(request);
      expect(forwarder.counts.deadLetters).toBe(0);
    },
  );

  test("waits as long as Retry-After says, in seconds or as a date, and uses up no step for it", async () => {
    const values = ["120", new Date(1_700_000_120_000 + 90_000).toUTCString(), undefined];
    receiver.answer = () => (response) => {
      const value = values[receiver.requests.length - 1];
      response.writeHead(503, value === undefined ? {} : { "retry-after": value }).end();
    };
    await log.append([entry("d1")]);
    const forwarder = await open({ lanes: 1, schedule: [1_000] });
    await isState(forwarder, "waiting");
    expect(await passWait(forwarder)).toBe(120_000);
    expect(await passWait(forwarder)).toBe(90_000);
    expect(await passWait(forwarder)).toBe(1_000);
  });

  test("is given up when the schedule is over, not before: dead letters, and the lane goes on", async () => {
    receiver.answer = ({ messages }) => (messages.some(({ seq }) => seq <= 2) ? 500 : 200);
    await log.append(entriesOf(["d1"], 2));
    const forwarder = await open({ lanes: 1, schedule: [1_000, 60_000] });
    await isState(forwarder, "waiting");
    await log.append(entriesOf(["d1"], 2));
    await passWait(forwarder);
    expect(forwarder.counts.deadLetters).toBe(0);
    await clock.advance(60_000);
    await caughtUp(forwarder);
    expect(forwarder.counts).toEqual({ delivered: 2, deadLetters: 2, missed: 0 });
    expect(seqs((await log.deadLetters()).map(({ message }) => message))).toEqual([1, 2]);
    expect((await log.deadLetters())[0]?.reason).toContain("schedule of tries was over");
    expect(seqs(receiver.taken)).toEqual([3, 4]);
  });

  test("is told by name when nothing listens there, and catches up when it is back", async () => {
    const { url } = receiver;
    await receiver[Symbol.asyncDispose]();
    await log.append(entriesOf(["d1", "d2", "d3", "d4"], 1_000));
    const forwarder = await open({ url, lanes: 1 });
    await isState(forwarder, "waiting");
    expect(errorOf(forwarder)).toMatchObject({ code: "network", retryable: true });
    expect(errorOf(forwarder).message).toContain("ECONNREFUSED");
    expect(forwarder.state).toMatchObject({ behind: 1_000 });
    receiver = await startReceiver({ port: Number(new URL(url).port) });
    await clock.advance(1_000);
    await caughtUp(forwarder);
    expect(seqs(receiver.taken).sort((a, b) => a - b)).toEqual(numbers(1, 1_000));
    expect(forwarder.counts).toEqual({ delivered: 1_000, deadLetters: 0, missed: 0 });
  });

  test("and never answers is left after the timeout", async () => {
    receiver.answer = () => () => {};
    await log.append([entry("d1")]);
    const forwarder = await open({ timeoutMs: 5_000 });
    await until(() => receiver.requests.length === 1);
    await clock.advance(5_000);
    await isState(forwarder, "waiting");
    expect(errorOf(forwarder).message).toContain("did not answer within 5000 ms");
  });

  test.each([
    [
      "closes half-way through its head",
      (socket: { write(text: string): void; destroy(): void }) => {
        socket.write("HTTP/1.1 200 OK\r\ncontent-le");
        socket.destroy();
      },
    ],
    [
      "answers garbage",
      (socket: { write(text: string): void; destroy(): void }) => {
        socket.write("220 mail.example ESMTP\r\n\r\n");
        socket.destroy();
      },
    ],
    ["closes without an answer", (socket: { destroy(): void }) => socket.destroy()],
  ])("and %s gets the same batch again", async (_, act) => {
    receiver.answer = () => (response) => {
      if (response.socket !== null) act(response.socket);
    };
    await log.append([entry("d1")]);
    const forwarder = await open({ lanes: 1 });
    await isState(forwarder, "waiting");
    expect(errorOf(forwarder)).toMatchObject({ code: "network", retryable: true });
    receiver.answer = () => 200;
    await clock.advance(1_000);
    await caughtUp(forwarder);
    const ids = receiver.requests.map(({ id }) => id);
    expect(ids.length).toBeGreaterThanOrEqual(2);
    expect(new Set(ids).size).toBe(1);
  });

  test("and speaks no TLS where https is expected is told as that", async () => {
    await log.append([entry("d1")]);
    const forwarder = await open({
      url: receiver.url.replace("http:", "https:"),
      fetch: createGuardedFetch(),
    });
    await isState(forwarder, "waiting");
    expect(errorOf(forwarder)).toMatchObject({ code: "tls", retryable: true });
  });

  test("is tried by the other lanes at once when one of them finds it back", async () => {
    receiver.answer = () => 500;
    await log.append(
      entriesOf(
        numbers(1, 20).map((number) => `device-${number}`),
        20,
      ),
    );
    let call = 0;
    // The first lane's waits are cut short by chance, the others' are not.
    const random = () => (call++ === 0 ? 1 : 0);
    const forwarder = await open({ lanes: 4, schedule: [3_600_000], random });
    await until(() => receiver.requests.length === 4 && clock.pending === 4);
    receiver.answer = () => 200;
    await clock.advance(2_700_000);
    await caughtUp(forwarder);
    expect(forwarder.counts.delivered).toBe(20);
    expect(clock.now()).toBe(1_700_000_000_000 + 2_700_000);
  });
});

describe("a receiver that wants something else", () => {
  test.each([
    [401, "same secret"],
    [403, "same secret"],
    [404, "path of the URL"],
    [405, "does not take POST"],
    [410, "wants no more"],
    [415, "application/json"],
    [418, "Check the URL and the receiver"],
  ])(
    "with %i pauses the lane, which says what to do, and goes on when it is told to",
    async (status, advice) => {
      receiver.answer = () => status;
      await log.append([entry("d1")]);
      const forwarder = await open({ lanes: 1 });
      await isState(forwarder, "paused");
      expect(errorOf(forwarder)).toMatchObject({ code: "output", retryable: false, reasonCode: status });
      expect(errorOf(forwarder).message).toContain(advice);
      expect(receiver.requests).toHaveLength(1);
      receiver.answer = () => 200;
      forwarder.resume();
      await caughtUp(forwarder);
      expect(forwarder.counts).toEqual({ delivered: 1, deadLetters: 0, missed: 0 });
    },
  );

  test("by a redirect is not followed there", async () => {
    await using elsewhere = await startReceiver();
    receiver.answer = () => (response) => response.writeHead(307, { location: elsewhere.url }).end();
    await log.append([entry("d1")]);
    const forwarder = await open();
    await isState(forwarder, "paused");
    expect(errorOf(forwarder).message).toContain(
      `Redirects are not followed (to ${new URL(elsewhere.url).origin})`,
    );
    expect(errorOf(forwarder).message).not.toContain("secret-path");
    expect(elsewhere.requests).toEqual([]);
  });

  test("does not stop the lanes of other devices", async () => {
    const [first] = entriesOf(["a"], 1);
    receiver.answer = ({ messages }) => (messages.some(({ deviceId }) => deviceId === "a") ? 403 : 200);
    await log.append([...(first === undefined ? [] : [first]), ...entriesOf(["b", "c", "d", "e", "f"], 50)]);
    const forwarder = await open({ lanes: 8 });
    await isState(forwarder, "paused");
    await until(() => receiver.taken.length >= 40);
    expect(forwarder.counts.deadLetters).toBe(0);
  });
});

describe("an answer", () => {
  test("of 200 kB costs no more than its beginning", async () => {
    receiver.answer = () => (response) => response.writeHead(400).end("x".repeat(200_000));
    await log.append([entry("d1")]);
    const forwarder = await open();
    await caughtUp(forwarder);
    const [letter] = await log.deadLetters();
    expect(letter?.reason.length).toBeLessThan(400);
  });

  test("without an end is cut off, and costs the sender nothing", async () => {
    let sent = 0;
    let isClosed = false;
    receiver.answer = () => (response) => {
      response.on("close", () => {
        isClosed = true;
      });
      response.writeHead(400);
      const more = () => {
        sent += 65_536;
        if (!isClosed && response.write("x".repeat(65_536))) setImmediate(more);
      };
      response.on("drain", more);
      more();
    };
    await log.append([entry("d1")]);
    const forwarder = await open();
    await caughtUp(forwarder);
    await until(() => isClosed);
    expect(forwarder.counts.deadLetters).toBe(1);
    // What fits into the buffers of two sockets, whatever the system gives them.
    expect(sent).toBeLessThan(50_000_000);
  });

  test("that never ends counts by its status, after a second", async () => {
    receiver.answer = () => (response) => {
      response.writeHead(200);
      response.write("and so on");
    };
    await log.append([entry("d1")]);
    const forwarder = await open();
    await until(() => clock.pending === 2, "the wait for the body");
    await clock.advance(1_000);
    await caughtUp(forwarder);
    expect(forwarder.counts.delivered).toBe(1);
  });

  test("that breaks off after its head counts by its status", async () => {
    receiver.answer = () => (response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write("half", () => response.socket?.destroy());
    };
    await log.append([entry("d1")]);
    const forwarder = await open();
    await caughtUp(forwarder);
    expect(forwarder.counts.delivered).toBe(1);
  });
});

describe("the place in the log", () => {
  test("is kept: what was delivered is not sent again, and what was under way comes under the same id", async () => {
    await log.append(entriesOf(["d1"], 10));
    receiver.answer = ({ messages }) => (messages.some(({ seq }) => seq > 5) ? () => {} : 200);
    const first = await open({ lanes: 1, batchSize: 5 });
    await until(() => receiver.requests.length === 2);
    await first.close();
    expect(first.state).toEqual({ type: "closed" });
    receiver.answer = () => 200;
    // Another batch size and new messages do not change what was cut before.
    await log.append(entriesOf(["d1"], 10));
    await caughtUp(await open({ lanes: 1, batchSize: 100 }));
    expect(receiver.requests.map(({ messages }) => seqs(messages))).toEqual([
      numbers(1, 5),
      numbers(6, 10),
      numbers(6, 10),
      numbers(11, 20),
    ]);
    expect(receiver.requests[2]?.id).toBe(receiver.requests[1]?.id);
    expect(receiver.requests[2]?.body).toBe(receiver.requests[1]?.body);
  });

  test("is kept in the middle of splitting: the pieces are the same, and no message becomes a dead letter twice", async () => {
    await log.append(entriesOf(["d1"], 8));
    const isBad = (seq: number) => seq === 3 || seq === 4;
    receiver.answer = ({ messages }) => {
      if (messages.length === 1 && messages[0]?.seq === 4) return () => {};
      return messages.some(({ seq }) => isBad(seq)) ? 400 : 200;
    };
    const first = await open({ lanes: 1 });
    await until(
      () =>
        receiver.requests.at(-1)?.messages.length === 1 && receiver.requests.at(-1)?.messages[0]?.seq === 4,
    );
    await first.close();
    receiver.answer = ({ messages }) => (messages.some(({ seq }) => isBad(seq)) ? 400 : 200);
    await caughtUp(await open({ lanes: 1 }));
    expect(seqs(receiver.taken)).toEqual([1, 2, 5, 6, 7, 8]);
    expect((await log.deadLetters()).map(({ message }) => message.seq)).toEqual([3, 4]);
  });

  test("that could not be saved after a dead letter leads to no second one", async () => {
    await log.append(entriesOf(["d1"], 1));
    receiver.answer = () => 400;
    let isDead = false;
    hooks.failSave = () => isDead;
    const dying = reopenableDeath(log, () => {
      isDead = true;
    });
    const first = await open({ lanes: 1, log: dying });
    await until(() => isDead);
    await first.close();
    isDead = false;
    await caughtUp(await open({ lanes: 1 }));
    expect(receiver.requests).toHaveLength(2);
    expect(receiver.requests[0]?.id).toBe(receiver.requests[1]?.id);
    expect(await log.deadLetters()).toHaveLength(1);
  });

  test("is saved before a batch is sent: without that, nothing is sent", async () => {
    hooks.failSave = () => true;
    await log.append([entry("d1")]);
    const forwarder = await open();
    await isState(forwarder, "waiting");
    expect(errorOf(forwarder)).toMatchObject({ code: "log" });
    expect(receiver.requests).toEqual([]);
    hooks.failSave = () => false;
    await clock.advance(1_000);
    await caughtUp(forwarder);
    expect(seqs(receiver.taken)).toEqual([1]);
  });

  test.each([
    [4, 2],
    [2, 8],
    [1, 3],
  ])("is kept when %i lanes become %i: nothing is left out", async (before, after) => {
    const devices = numbers(1, 10).map((number) => `device-${number}`);
    await log.append(entriesOf(devices, 200));
    let failures = 0;
    receiver.answer = ({ messages }) => {
      if (messages.every(({ seq }) => seq <= 120)) return 200;
      failures += 1;
      return 503;
    };
    const first = await open({ lanes: before, batchSize: 7 });
    await until(() => failures === before, "all lanes to wait");
    await first.close();
    const delivered = new Set(seqs(receiver.taken));
    expect(delivered.size).toBeGreaterThan(0);
    receiver.answer = () => 200;
    await caughtUp(await open({ lanes: after }));
    expect(new Set(seqs(receiver.taken))).toEqual(new Set(numbers(1, 200)));
    // Not everything again, either.
    expect(receiver.taken.length).toBeLessThan(200 + delivered.size);
  });

  test("of a new reader is the oldest message there is, and nothing before it counts as missed", async () => {
    log = reopenable(
      createMemoryTelemetryLog({ random: () => 0.5, clock, retention: { maxRows: 10 } }),
      hooks,
    );
    await log.append(entriesOf(["d1"], 25));
    const forwarder = await open();
    await caughtUp(forwarder);
    expect(seqs(receiver.taken)).toEqual(numbers(16, 25));
    expect(forwarder.counts).toEqual({ delivered: 10, deadLetters: 0, missed: 0 });
  });

  test("counts what retention removed before it came there, each message once, and tells it", async () => {
    log = reopenable(
      createMemoryTelemetryLog({ random: () => 0.5, clock, retention: { maxRows: 10 } }),
      hooks,
    );
    const missed: unknown[] = [];
    receiver.answer = () => 503;
    await log.append(entriesOf(["a", "b", "c", "d", "e", "f"], 6));
    const first = await open({ lanes: 1 });
    await isState(first, "waiting");
    await first.close();
    await log.append(entriesOf(["a", "b", "c", "d", "e", "f"], 30));
    receiver.answer = () => 200;
    const second = await open({ lanes: 4, onMissed: (range) => missed.push(range) });
    await caughtUp(second);
    expect(seqs(receiver.taken).sort((a, b) => a - b)).toEqual(numbers(27, 36));
    expect(second.counts.delivered).toBe(10);
    expect(second.counts.missed).toBe(26);
    expect(missed.length).toBeGreaterThanOrEqual(1);
  });

  test("is noted now and then by a lane to which no message belongs", async () => {
    await log.append(entriesOf(["d1"], 2_500));
    const forwarder = await open({ lanes: 2 });
    await caughtUp(forwarder);
    await until(() => receiver.taken.length === 2_500);
    const places = (await log.cursors()).map(({ position }) => position);
    expect(Math.min(...places)).toBeGreaterThanOrEqual(1_500);
    await forwarder.close();
    expect((await log.cursors()).map(({ position }) => position)).toEqual([2_500, 2_500]);
  });
});

describe("the end", () => {
  test("a slow receiver delays no other reader of the log", async () => {
    await using slow = await startReceiver();
    slow.answer = () => () => {};
    await log.append(entriesOf(["d1", "d2"], 300));
    await open({ url: slow.url, name: "slow" });
    await until(() => slow.requests.length > 0);
    await caughtUp(await open());
    expect(receiver.taken).toHaveLength(300);
  });

  test("drain() delivers what is in the log and then closes", async () => {
    await log.append(entriesOf(["d1", "d2", "d3"], 500));
    const forwarder = await open();
    await forwarder.drain();
    expect(receiver.taken).toHaveLength(500);
    expect(forwarder.state).toEqual({ type: "closed" });
    await forwarder.drain();
    await forwarder.close();
  });

  test.each([503, 404])("drain() ends at once when the receiver has answered %i", async (status) => {
    receiver.answer = () => status;
    await log.append(entriesOf(["d1"], 5));
    const forwarder = await open({ lanes: 1 });
    await until(() => forwarder.state.type === "waiting" || forwarder.state.type === "paused");
    await forwarder.drain();
    expect(receiver.requests).toHaveLength(1);
    receiver.answer = () => 200;
    await caughtUp(await open({ lanes: 1 }));
    expect(seqs(receiver.taken)).toEqual(numbers(1, 5));
  });

  test("close() cuts off what is under way", async () => {
    receiver.answer = () => () => {};
    await log.append([entry("d1")]);
    const forwarder = await open();
    await until(() => receiver.requests.length === 1);
    await forwarder.close();
    await forwarder[Symbol.asyncDispose]();
    expect(forwarder.state).toEqual({ type: "closed" });
  });

  test("each change of the state is announced, once, to whoever still listens", async () => {
    const seen: ReaderState[] = [];
    receiver.answer = () => 503;
    const forwarder = await open({ lanes: 1 });
    await caughtUp(forwarder);
    const stop = forwarder.onState((state) => seen.push(state));
    await log.append([entry("d1")]);
    await isState(forwarder, "waiting");
    receiver.answer = () => 200;
    await clock.advance(1_000);
    await caughtUp(forwarder);
    stop();
    await forwarder.close();
    expect(seen.map(({ type }) => type)).toEqual(["reading", "waiting", "reading", "reading", "caught-up"]);
    expect(seen.map((state) => ("behind" in state ? state.behind : null))).toEqual([1, 1, 1, 0, null]);
  });
});

test("A secret, a path and a query of the URL are in no error and no state", async () => {
  const texts: string[] = [];
  for (const status of [500, 404, 302]) {
    receiver.answer = () => status;
    await log.append([entry("d1")]);
    const forwarder = await open({ name: `n${status}`, onMissed: () => {} });
    await until(() => forwarder.state.type === "waiting" || forwarder.state.type === "paused");
    const error = errorOf(forwarder);
    texts.push(JSON.stringify(forwarder.state), String(error), String(error.stack), forwarder.name);
    await forwarder.close();
  }
  expect(texts.length).toBe(12);
  for (const text of texts) {
    expect(text).not.toContain(SECRET.slice("whsec_".length));
    expect(text).not.toContain("secret-path");
    expect(text).not.toContain("secret-query");
  }
});

/** A log on which everything fails from the first dead letter on, as if the process had died there. */
function reopenableDeath(whole: TelemetryLog, onDeath: () => void): TelemetryLog {
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
