import fc from "fast-check";
import { generate, type IPublishPacket, type Packet, parser } from "mqtt-packet";
import { expect, test } from "vitest";
import type { Publish } from "../transport.ts";
import { encodePubacks, Lane } from "./lane.ts";

const MAX = 1_000_000;

interface Taken {
  readonly publishes: Publish[];
  readonly others: Uint8Array[];
  /** What came, in order: the index of the next of each kind. */
  readonly order: ("publish" | "other")[];
}

function feedAll(chunks: readonly Uint8Array[], protocolVersion: 4 | 5, maxPacketBytes = MAX): Taken {
  const taken: Taken = { publishes: [], others: [], order: [] };
  const lane = new Lane({
    protocolVersion,
    maxPacketBytes,
    onPublish: (publish) => {
      // A view is only good until the next chunk in this test: the source is reused.
      taken.publishes.push({ ...publish, payload: new Uint8Array(publish.payload) });
      taken.order.push("publish");
    },
    onOther: (packets) => {
      taken.others.push(new Uint8Array(packets));
      taken.order.push("other");
    },
  });
  for (const [index, chunk] of chunks.entries()) lane.feed(chunk, index);
  return taken;
}

function reference(bytes: Uint8Array, protocolVersion: 4 | 5): Packet[] {
  const packets: Packet[] = [];
  const reading = parser({ protocolVersion });
  reading.on("packet", (packet) => packets.push(packet));
  reading.on("error", (error) => {
    throw error;
  });
  reading.parse(Buffer.from(bytes));
  return packets;
}

/** Cuts bytes at the given places, each a share of the whole. */
function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const ends = [...new Set([...places.map((place) => Math.floor(place * bytes.length)), bytes.length])].sort(
    (a, b) => a - b,
  );
  return ends.map((end, index) => bytes.subarray(index === 0 ? 0 : ends[index - 1], end));
}

const topic = fc
  .array(fc.stringMatching(/^[a-z0-9 äภ😀-]{0,12}$/u), { minLength: 1, maxLength: 5 })
  .map((levels) => `device/${levels.join("/")}`);

const properties = fc.record(
  {
    payloadFormatIndicator: fc.boolean(),
    messageExpiryInterval: fc.nat(1_000_000),
    contentType: fc.string({ maxLength: 10 }),
    responseTopic: fc.constantFrom("a/b", "answer"),
    correlationData: fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
    userProperties: fc.dictionary(fc.stringMatching(/^[a-z]{1,6}$/), fc.string({ maxLength: 8 }), {
      maxKeys: 3,
    }),
    subscriptionIdentifier: fc.integer({ min: 1, max: 268_435_455 }),
  },
  { requiredKeys: [] },
);

const publish = fc.record({
  cmd: fc.constant("publish" as const),
  topic,
  payload: fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    // Long enough for remaining lengths of two and three bytes.
    fc.integer({ min: 100, max: 40_000 }).map((length) => new Uint8Array(length).fill(7)),
  ),
  qos: fc.constantFrom(0 as const, 1 as const),
  retain: fc.boolean(),
  dup: fc.boolean(),
  messageId: fc.integer({ min: 1, max: 65_535 }),
  properties,
});

const other = fc.oneof(
  fc.constant({ cmd: "pingresp" } as Packet),
  fc.record({
    cmd: fc.constant("suback" as const),
    messageId: fc.integer({ min: 1, max: 65_535 }),
    granted: fc.array(fc.constantFrom(0, 1, 128), { minLength: 1, maxLength: 40 }),
  }) as fc.Arbitrary<Packet>,
  fc.record({
    cmd: fc.constant("unsuback" as const),
    messageId: fc.integer({ min: 1, max: 65_535 }),
    granted: fc.constant([0]),
  }) as unknown as fc.Arbitrary<Packet>,
);

function encode(packet: Packet, protocolVersion: 4 | 5): Uint8Array {
  const plain = { ...packet } as Packet & { properties?: unknown };
  if (plain.cmd === "publish") {
    const { payload, properties: given, ...rest } = plain as IPublishPacket;
    const withProperties = protocolVersion === 5 && given !== undefined ? { properties: given } : {};
    return generate(
      { ...rest, ...withProperties, payload: Buffer.from(payload as Uint8Array) },
      { protocolVersion },
    );
  }
  return generate(plain, { protocolVersion });
}

test("Lane takes the same packets out as mqtt-packet, however they are cut and packed", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(4 as const, 5 as const),
      fc.array(fc.oneof({ weight: 3, arbitrary: publish }, { weight: 1, arbitrary: other }), {
        maxLength: 12,
      }),
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 30 }),
      (version, packets, places) => {
        const bytes = Buffer.concat(packets.map((packet) => encode(packet as Packet, version)));
        const expected = reference(bytes, version);
        const taken = feedAll(cut(bytes, places), version);
        const publishes = expected.filter((packet): packet is IPublishPacket => packet.cmd === "publish");
        expect(taken.publishes.map(({ receivedAt, ...each }) => each)).toEqual(
          publishes.map(({ topic: name, payload, qos, retain, dup, messageId }) => ({
            topic: name,
            payload: new Uint8Array(payload as Buffer),
            qos,
            retained: retain,
            duplicate: dup,
            packetId: qos === 0 ? undefined : messageId,
          })),
        );
        const others = expected.filter(({ cmd }) => cmd !== "publish");
        expect(reference(Buffer.concat(taken.others), version)).toEqual(others);
        // Both kinds together keep their order: runs of the same kind alternate as they did when sent.
        const runs = (kinds: readonly string[]) => kinds.filter((kind, index) => kind !== kinds[index - 1]);
        expect(runs(taken.order)).toEqual(
          runs(expected.map(({ cmd }) => (cmd === "publish" ? "publish" : "other"))),
        );
      },
    ),
    { seed: 20_260_101, numRuns: 300 },
  );
});

test("Lane takes packets that are cut at every byte", () => {
  const bytes = Buffer.concat([
    encode(
      {
        cmd: "publish",
        topic: "device/ä/telemetry",
        payload: Buffer.from("21.5"),
        qos: 1,
        dup: false,
        retain: true,
        messageId: 258,
      },
      5,
    ),
    encode({ cmd: "pingresp" }, 5),
    encode(
      {
        cmd: "publish",
        topic: "device/b/telemetry",
        payload: Buffer.alloc(200, 1),
        qos: 0,
        dup: false,
        retain: false,
      },
      5,
    ),
  ]);
  const taken = (chunks: readonly Uint8Array[]) => {
    const { publishes, ...rest } = feedAll(chunks, 5);
    return { publishes: publishes.map((each) => ({ ...each, receivedAt: 0 })), ...rest };
  };
  const whole = taken([bytes]);
  expect(whole.publishes).toHaveLength(2);
  for (let at = 1; at < bytes.length; at += 1) {
    expect(taken([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(whole);
  }
  expect(taken([...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(whole);
});

test("Lane notes of each message when its last piece came", () => {
  const packet = {
    cmd: "publish" as const,
    topic: "device/a/telemetry",
    qos: 0 as const,
    dup: false,
    retain: false,
  };
  const bytes = encode({ ...packet, payload: Buffer.from("21.5") }, 4);
  const chunks = [bytes.subarray(0, 9), Buffer.concat([bytes.subarray(9), bytes]), bytes];
  expect(feedAll(chunks, 4).publishes.map(({ receivedAt }) => receivedAt)).toEqual([1, 1, 2]);
});

test("Lane copies a packet of many pieces once", () => {
  const payload = Buffer.alloc(500_000, 3);
  const bytes = encode(
    { cmd: "publish", topic: "device/a/telemetry", payload, qos: 0, dup: false, retain: false },
    4,
  );
  const pieces = Array.from({ length: 500 }, (_, index) =>
    bytes.subarray(index * 1_001, (index + 1) * 1_001),
  );
  const set = Uint8Array.prototype.set;
  let copied = 0;
  Uint8Array.prototype.set = function (this: Uint8Array, source: ArrayLike<number>, offset?: number) {
    copied += source.length;
    return set.call(this, source, offset);
  };
  try {
    expect(feedAll(pieces, 4).publishes[0]?.payload.byteLength).toBe(payload.byteLength);
  } finally {
    Uint8Array.prototype.set = set;
  }
  expect(copied).toBe(bytes.byteLength);
});

test.each<[string, 4 | 5, number[]]>([
  ["QoS 3", 4, [0x36, 5, 0, 1, 97, 0, 1]],
  ["QoS 2", 4, [0x34, 5, 0, 1, 97, 0, 1]],
  ["packet id 0", 4, [0x32, 5, 0, 1, 97, 0, 0]],
  ["a PUBLISH cut off", 4, [0x30, 1, 0]],
  ["ends before its payload", 4, [0x32, 4, 0, 1, 97, 0]],
  ["ends before its payload", 4, [0x30, 3, 0, 9, 97]],
  ["without a topic", 4, [0x30, 2, 0, 0]],
  ["not UTF-8", 4, [0x30, 3, 0, 1, 0xff]],
  ["more than four bytes", 4, [0x30, 0xff, 0xff, 0xff, 0xff, 1]],
  ["more than four bytes", 4, [0xd0, 0x80, 0x80, 0x80, 0x80, 0]],
  ["do not fill", 5, [0x30, 9, 0, 1, 97, 5, 3, 0, 9, 97, 97]],
  ["topic alias", 5, [0x30, 7, 0, 1, 97, 3, 0x23, 0, 1]],
  ["properties go beyond", 5, [0x30, 4, 0, 1, 97, 9]],
  ["do not fill", 5, [0x30, 6, 0, 1, 97, 2, 2, 0]],
  ["property 0x7f", 5, [0x30, 6, 0, 1, 97, 2, 0x7f, 0]],
])("Lane ends the connection with a reason: %s (version %i, %j)", (reason, version, bytes) => {
  expect(() => feedAll([Uint8Array.from(bytes)], version)).toThrow(
    expect.objectContaining({ code: "protocol", message: expect.stringContaining(reason) }),
  );
});

test("Lane refuses a packet that is larger than agreed as soon as its header is there", () => {
  expect(() => feedAll([Uint8Array.of(0x30, 0xff, 0xff, 0xff, 0x7f)], 4)).toThrow(
    expect.objectContaining({ code: "protocol", message: expect.stringContaining("268435460 bytes") }),
  );
});

test("Lane never fails in another way than by a protocol error, whatever comes", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(4 as const, 5 as const),
      fc.array(fc.uint8Array({ maxLength: 50 })),
      (version, chunks) => {
        try {
          feedAll(chunks, version);
        } catch (error) {
          expect(error).toMatchObject({ name: "TesaError", code: "protocol" });
        }
      },
    ),
    { seed: 20_260_102, numRuns: 1_000 },
  );
});

test("encodePubacks() writes what mqtt-packet writes for 3.1.1 and 5, in order", () => {
  const ids = [1, 255, 256, 65_535];
  for (const protocolVersion of [4, 5] as const) {
    const expected = Buffer.concat(
      ids.map((messageId) => generate({ cmd: "puback", messageId }, { protocolVersion })),
    );
    // mqtt-packet adds reason code 0 and no properties on 5, which the short form stands for.
    if (protocolVersion === 4) expect(Buffer.from(encodePubacks(ids))).toEqual(expected);
    expect(reference(encodePubacks(ids), protocolVersion).map((packet) => packet.messageId)).toEqual(ids);
  }
});
