import { expect, test } from "vitest";
import { decode } from "./decode.ts";
import { marksOf } from "./late-mark.ts";
import type { LogEntry } from "./log.ts";
import { contentHash } from "./redelivery.ts";

function entry(payload: Uint8Array, packetId: number | undefined): LogEntry {
  const qos = packetId === undefined ? 0 : 1;
  return {
    message: decode({ topic: "device/a/telemetry", payload, qos, retained: false, receivedAt: 0 }),
    packetId,
  };
}

const payloads = [0, 1, 270, 1_024, 1_025, 5_000].map((length) => new Uint8Array(length).fill(length % 251));

test("marksOf() gives each message its packet id and the hash of topic and payload, whatever its size", () => {
  const marks = marksOf(payloads.map((payload, index) => entry(payload, index + 1)));
  expect(marks.map((mark) => mark?.packetId)).toEqual([1, 2, 3, 4, 5, 6]);
  expect(marks.map((mark) => mark?.hash)).toEqual(
    payloads.map((payload) => contentHash("device/a/telemetry", payload)),
  );
});

test("marksOf() has no mark for a message at QoS 0, and takes none for another's", () => {
  const marks = marksOf([entry(Uint8Array.of(1), undefined), entry(Uint8Array.of(2), 9)]);
  expect(marks[0]).toBeUndefined();
  expect(marks[1]?.hash).toBe(contentHash("device/a/telemetry", Uint8Array.of(2)));
  expect(marksOf([])).toEqual([]);
});

test("marksOf() keeps what came, also if whoever reads the message changes its payload", () => {
  const changed = payloads.map((payload) => payload.slice());
  const marks = marksOf(changed.map((payload, index) => entry(payload, index + 1)));
  for (const payload of changed) payload.fill(99);
  expect(marks.map((mark) => mark?.hash)).toEqual(
    payloads.map((payload) => contentHash("device/a/telemetry", payload)),
  );
});
