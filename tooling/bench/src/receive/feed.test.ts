import { expect, test } from "vitest";
import { Feed } from "./feed.ts";
import { type EncodedMessages, PACKET_IDS } from "./messages.ts";
import type { FeedPlan } from "./protocol.ts";
import { inTicks, type Schedule } from "./schedule.ts";

/** Messages of one byte, so that a frame's length is the number of its messages. */
const messages: EncodedMessages = {
  packets: (from, to) => new Uint8Array(to - from),
  sumOfFirst: (count) => count,
  packetId: (index) => (index % PACKET_IDS) + 1,
  runFrom: (index) => PACKET_IDS - (index % PACKET_IDS),
  packetBytes: 1,
  payloadBytes: 1,
};

function feed(plan: Partial<FeedPlan>, schedule?: Schedule) {
  const frames: number[] = [];
  const subject = new Feed({
    plan: { window: 32, warmUp: 0, total: 1_000, pace: null, ...plan },
    messages,
    schedule,
    send: (frame) => frames.push(frame.byteLength),
  });
  return { subject, frames, sent: () => subject.outcome.sent };
}

test("Feed never has more unacknowledged than the window", () => {
  const { subject, sent } = feed({ window: 32 });
  subject.pump(0);
  subject.pump(0);
  expect(sent()).toBe(32);
  for (const id of [1, 2, 3]) subject.acknowledged(id);
  subject.pump(0);
  expect(sent()).toBe(35);
});

test("Feed puts many messages into a frame at full speed, and none twice", () => {
  const { subject, frames, sent } = feed({ window: 100, total: 90 });
  subject.pump(0);
  expect(frames).toEqual([32, 32, 26]);
  expect(sent()).toBe(90);
  expect(subject.isDone).toBe(true);
});

test("Feed keeps to the schedule once the warm-up is acknowledged", () => {
  const { subject, frames, sent } = feed({ window: 8, warmUp: 4 }, inTicks(2_000));
  subject.pump(0);
  expect(frames).toEqual([4]);
  subject.pump(50);
  expect(sent()).toBe(4);
  for (const id of [1, 2, 3, 4]) subject.acknowledged(id);
  subject.pump(100);
  expect(subject.nextDueMs(100)).toBe(101);
  subject.pump(101);
  subject.pump(102.5);
  expect(frames).toEqual([4, 2, 2]);
  expect(subject.nextDueMs(102.5)).toBe(103);
});

test("Feed sends messages by themselves where the schedule says so", () => {
  const { subject, frames } = feed({}, { ...inTicks(3_000), sharesFrames: false });
  subject.pump(0);
  subject.pump(1);
  expect(frames).toEqual([1, 1, 1]);
});

test("Feed waits for PUBACKs at a steady rate too, when the window is full", () => {
  const { subject, sent } = feed({ window: 2 }, inTicks(1_000));
  subject.pump(0);
  subject.pump(10);
  expect(sent()).toBe(2);
  expect(subject.nextDueMs(10)).toBeUndefined();
  subject.acknowledged(1);
  subject.pump(10);
  expect(sent()).toBe(3);
});

test("Feed reports PUBACKs out of order, and for nothing", () => {
  const { subject } = feed({ total: 2 });
  subject.pump(0);
  subject.acknowledged(2);
  subject.acknowledged(2);
  subject.acknowledged(3);
  expect(subject.outcome.faults).toEqual(["PUBACK 2 where 1 was due", "PUBACK 3 for nothing"]);
});
