import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FrameSplitter } from "./frames.ts";

/** A packet with so many bytes after its header. */
function packetOf(size: number): Buffer {
  const length: number[] = [];
  let left = size;
  do {
    length.push((left % 128) + (left >= 128 ? 128 : 0));
    left = Math.floor(left / 128);
  } while (left > 0);
  return Buffer.concat([Buffer.from([0x30, ...length]), Buffer.alloc(size, size % 251)]);
}

function split(splitter: FrameSplitter, chunks: readonly Buffer[]): Buffer[] {
  const packets: Buffer[] = [];
  for (const chunk of chunks) {
    splitter.push(chunk, (packet) => {
      packets.push(Buffer.from(packet));
      return true;
    });
  }
  return packets;
}

describe("FrameSplitter", () => {
  test("gives the packets that were sent, wherever the stream is cut", () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.nat(5), fc.integer({ min: 120, max: 135 }), fc.nat(20_000)), { maxLength: 8 }),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 30 }),
        (sizes, cuts) => {
          const packets = sizes.map(packetOf);
          const stream = Buffer.concat(packets);
          const places = [0, ...cuts.map((cut) => Math.floor(cut * stream.length)), stream.length];
          places.sort((a, b) => a - b);
          const chunks = places.slice(1).map((end, index) => stream.subarray(places[index], end));
          expect(split(new FrameSplitter(1_000_000), chunks)).toEqual(packets);
        },
      ),
    );
  });

  test("gives the packets that were sent byte by byte", () => {
    const packets = [0, 1, 127, 128, 16_383, 16_384].map(packetOf);
    const bytes = [...Buffer.concat(packets)].map((byte) => Buffer.from([byte]));
    expect(split(new FrameSplitter(1_000_000), bytes)).toEqual(packets);
  });

  test("tells a packet that is too large by its header", () => {
    const packet = packetOf(1_000);
    expect(new FrameSplitter(packet.length).push(packet, () => true)).toBeUndefined();
    expect(new FrameSplitter(packet.length - 1).push(packet.subarray(0, 3), () => true)).toBe("too-large");
  });

  test("takes no length of more than four bytes", () => {
    const bytes = Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff]);
    expect(new FrameSplitter(1_000_000).push(bytes.subarray(0, 4), () => true)).toBeUndefined();
    expect(new FrameSplitter(1_000_000).push(bytes, () => true)).toBe("malformed");
  });

  test("stops when it is told to", () => {
    const seen: number[] = [];
    new FrameSplitter(1_000).push(Buffer.concat([packetOf(1), packetOf(2)]), (packet) => {
      seen.push(packet.length);
      return false;
    });
    expect(seen).toEqual([3]);
  });
});
