import fc from "fast-check";
import { expect, test } from "vitest";
import { decode } from "./decode.ts";
import { LateMarks } from "./late-mark.ts";
import type { LogEntry } from "./log.ts";
import { contentHash, type StoredMark } from "./redelivery.ts";

function entry(payload: Uint8Array, packetId: number | undefined): LogEntry {
  const qos = packetId === undefined ? 0 : 1;
  return {
    message: decode({ topic: "device/a/telemetry", payload, qos, retained: false, receivedAt: 0 }),
    packetId,
  };
}

const marksOf = (batch: readonly LogEntry[]) => new LateMarks(100).of(batch);

const payloads = [0, 1, 270, 1_024, 1_025, 5_000].map((length) => new Uint8Array(length).fill(length % 251));

test("LateMarks give each message its packet id and the hash of topic and payload, whatever its size", () => {
  const marks = marksOf(payloads.map((payload, index) => entry(payload, index + 1)));
  expect(marks.map((mark) => mark?.packetId)).toEqual([1, 2, 3, 4, 5, 6]);
  expect(marks.map((mark) => mark?.hash)).toEqual(
    payloads.map((payload) => contentHash("device/a/telemetry", payload)),
  );
});

test("LateMarks have no mark for a message at QoS 0, and take none for another's", () => {
  const marks = marksOf([entry(Uint8Array.of(1), undefined), entry(Uint8Array.of(2), 9)]);
  expect(marks[0]).toBeUndefined();
  expect(marks[1]?.hash).toBe(contentHash("device/a/telemetry", Uint8Array.of(2)));
  expect(marksOf([])).toEqual([]);
});

test("LateMarks keep what came, also if whoever reads the message changes its payload", () => {
  const changed = payloads.map((payload) => payload.slice());
  const marks = marksOf(changed.map((payload, index) => entry(payload, index + 1)));
  for (const payload of changed) payload.fill(99);
  expect(marks.map((mark) => mark?.hash)).toEqual(
    payloads.map((payload) => contentHash("device/a/telemetry", payload)),
  );
});

test("LateMarks keep each mark for as long as it is in use, whatever is stored of what came", () => {
  const batches = fc.array(
    fc.array(fc.record({ bytes: fc.constantFrom(0, 10, 270, 900, 1_024, 1_025), isStored: fc.boolean() }), {
      maxLength: 60,
    }),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), batches, (lifetime, given) => {
      const marks = new LateMarks(lifetime);
      const inUse: { readonly mark: StoredMark | undefined; readonly hash: string }[] = [];
      let value = 0;
      for (const each of given) {
        // As they come: side by side in one piece of memory, with a few bytes between.
        const frame = new Uint8Array(each.reduce((sum, { bytes }) => sum + bytes + 20, 0));
        let at = 0;
        const batch = each.map(({ bytes }, index) => {
          value += 1;
          const payload = new Uint8Array(frame.buffer, at, bytes).fill(value % 251);
          at += bytes + 20;
          return entry(payload, index + 1);
        });
        const hashes = batch.map(({ message }) => contentHash(message.topic, message.payload));
        const made = marks.of(batch);
        frame.fill(255);
        for (const [index, { isStored }] of each.entries()) {
          if (isStored) inUse.push({ mark: made[index], hash: hashes[index] ?? "" });
        }
        marks.stored(each.filter(({ isStored }) => isStored).length);
      }
      // Only now: a mark that was asked for its hash has it.
      for (const { mark, hash } of inUse.slice(-lifetime)) expect(mark?.hash).toBe(hash);
    }),
    { numRuns: 200 },
  );
});

test("LateMarks take no more memory than marks in use need, at full speed and where nothing is stored", () => {
  for (const share of [1, 0]) {
    const marks = new LateMarks(200);
    const memories = new Set<unknown>();
    for (let batch = 0; batch < 1_000; batch += 1) {
      const made = marks.of(
        Array.from({ length: 50 }, (_, index) => entry(new Uint8Array(1_000), index + 1)),
      );
      marks.stored(share * 50);
      for (const mark of made) if (mark !== undefined && "copy" in mark) memories.add(mark.copy);
    }
    expect(memories.size).toBeGreaterThan(1);
    expect(memories.size).toBeLessThanOrEqual(6);
  }
});
