import { decode } from "@tesa/core";
import { type IPublishPacket, type Packet, parser } from "mqtt-packet";
import { expect, test } from "vitest";
import { encodeMessages, messageOf, PACKET_IDS, readingOf } from "./messages.ts";

function parse(bytes: Uint8Array, protocolVersion: 4 | 5): IPublishPacket[] {
  const found: Packet[] = [];
  const reader = parser({ protocolVersion });
  reader.on("packet", (packet) => found.push(packet));
  reader.on("error", (error) => {
    throw error;
  });
  reader.parse(Buffer.from(bytes));
  return found.filter((packet) => packet.cmd === "publish");
}

test.each([4, 5] as const)("encodeMessages() gives whole PUBLISH packets of MQTT version %i", (version) => {
  const messages = encodeMessages(version);
  const packets = parse(messages.packets(10, 13), version);
  expect(packets.map(({ messageId, qos }) => ({ messageId, qos }))).toEqual([
    { messageId: 11, qos: 1 },
    { messageId: 12, qos: 1 },
    { messageId: 13, qos: 1 },
  ]);
  expect(packets.map(({ topic, payload }) => ({ topic, payload: payload.toString() }))).toEqual(
    [10, 11, 12].map(messageOf),
  );
});

test("packet ids go from 1 to 65,535 and begin again", () => {
  const messages = encodeMessages(5);
  expect([0, PACKET_IDS - 1, PACKET_IDS].map((index) => messages.packetId(index))).toEqual([1, 65_535, 1]);
  expect(messages.runFrom(PACKET_IDS - 2)).toBe(2);
  expect(parse(messages.packets(PACKET_IDS - 1, PACKET_IDS), 5)[0]?.messageId).toBe(65_535);
  expect(parse(messages.packets(PACKET_IDS, PACKET_IDS + 1), 5)[0]?.messageId).toBe(1);
});

test("the sum is what decoding every message gives, beyond the end of the packet ids too", () => {
  const messages = encodeMessages(4);
  const count = PACKET_IDS + 1_000;
  let sum = 0;
  for (let index = 0; index < count; index += 1) sum += readingOf(index);
  expect(messages.sumOfFirst(count)).toBe(sum);
  const { topic, payload } = messageOf(4);
  const { readings } = decode({
    topic,
    payload: new TextEncoder().encode(payload),
    qos: 1,
    retained: false,
    receivedAt: 0,
  });
  expect(readings.map(({ value }) => value)).toEqual([readingOf(4)]);
});

test("payloads have about 270 bytes", () => {
  expect(Math.abs(encodeMessages(5).payloadBytes - 270)).toBeLessThan(10);
});
