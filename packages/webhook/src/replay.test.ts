import { createFakeClock, type FakeClock } from "@tesa/core/testing";
import { createMemoryTelemetryLog, type TelemetryLog } from "@tesa/log";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openWebhookForwarder } from "./forwarder.ts";
import { type ReplayOptions, replayDeadLetters } from "./replay.ts";
import { entriesOf } from "./testing/messages.ts";
import { type Receiver, SECRET, startReceiver, verifySignature } from "./testing/receiver.ts";
import { until } from "./testing/until.ts";

let clock: FakeClock;
let log: TelemetryLog;
let receiver: Receiver;

beforeEach(async () => {
  clock = createFakeClock();
  log = createMemoryTelemetryLog({ random: () => 0.5, clock });
  receiver = await startReceiver();
  await log.append(entriesOf(["d1"], 6));
  receiver.answer = () => 422;
  const forwarder = await openWebhookForwarder({ ...webhook(), random: () => 0, lanes: 1, lingerMs: 0 });
  await until(() => forwarder.counts.deadLetters === 6);
  await forwarder.close();
  await log.addDeadLetter({
    reader: "postgres:other",
    at: 0,
    reason: "not ours",
    message: await firstMessage(),
  });
});

afterEach(() => receiver[Symbol.asyncDispose]());

const webhook = () => ({ url: receiver.url, secret: SECRET, log, clock, name: "test" });
const replay = (options: Partial<ReplayOptions> = {}) => replayDeadLetters({ ...webhook(), ...options });
const left = async () => (await log.deadLetters()).map(({ id }) => id);

async function firstMessage() {
  const [message] = (await log.read({ limit: 1 })).messages;
  if (message === undefined) throw new Error("unreachable");
  return message;
}

describe("replayDeadLetters()", () => {
  test("sends all dead letters of this webhook again, in order, and removes those that are taken", async () => {
    receiver.answer = ({ messages }) => (messages[0]?.seq === 3 ? 400 : 200);
    const progress: unknown[] = [];
    const result = await replay({ onProgress: (now) => progress.push(now) });
    expect(result).toMatchObject({ delivered: [1, 2, 4, 5, 6], notFound: [], error: null });
    expect(result.refused).toEqual([{ id: 3, reason: expect.stringContaining("answered 400") }]);
    expect(receiver.taken.map(({ seq }) => seq)).toEqual([1, 2, 4, 5, 6]);
    // The seventh belongs to another reader.
    expect(await left()).toEqual([3, 7]);
    expect(progress.at(-1)).toEqual({ delivered: 5, refused: 1 });
  });

  test("signs them, under an id that is the same at the next replay and is not that of the first time", async () => {
    const before = new Set(receiver.requests.map(({ id }) => id));
    const from = receiver.requests.length;
    await replay({ ids: [2] });
    receiver.answer = () => 200;
    await replay({ ids: [2] });
    const again = receiver.requests.slice(from);
    expect(again).toHaveLength(2);
    expect(again[0]?.id).toBe(again[1]?.id);
    for (const request of again) {
      expect(before.has(request.id)).toBe(false);
      verifySignature(request);
    }
  });

  test("sends only those asked for, and says which there are not", async () => {
    receiver.answer = () => 200;
    expect(await replay({ ids: [5, 2, 7, 99] })).toEqual({
      delivered: [2, 5],
      refused: [],
      notFound: [7, 99],
      error: null,
    });
    expect(await left()).toEqual([1, 3, 4, 6, 7]);
  });

  test.each([503, 401])("ends when the receiver answers %i, and keeps the rest", async (status) => {
    receiver.answer = ({ messages }) => (messages[0]?.seq === 3 ? status : 200);
    const result = await replay();
    expect(result).toMatchObject({ delivered: [1, 2], refused: [], error: { reasonCode: status } });
    expect(await left()).toEqual([3, 4, 5, 6, 7]);
  });

  test("ends when it is told to, after the letter under way", async () => {
    const controller = new AbortController();
    receiver.answer = ({ messages }) => {
      if (messages[0]?.seq === 2) controller.abort();
      return 200;
    };
    expect(await replay({ signal: controller.signal })).toMatchObject({ delivered: [1, 2], error: null });
    expect(await left()).toEqual([3, 4, 5, 6, 7]);
  });

  test("refuses what the forwarder refuses", async () => {
    await expect(replay({ url: "ftp://example.com", secret: "no" })).rejects.toMatchObject({
      code: "config",
      problems: [expect.stringContaining("ftp:"), expect.stringContaining("whsec_")],
    });
  });
});
