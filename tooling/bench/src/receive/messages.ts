import { generate } from "mqtt-packet";

/** MQTT packet ids are 1 to 65,535; the source uses them all in turn. */
export const PACKET_IDS = 65_535;

/** What devices send: a range that looks real, with a unit as the platform's payloads have it. */
const SENSORS: readonly { readonly sensor: string; readonly unit: string; readonly from: number }[] = [
  { sensor: "temperature", unit: "°C", from: 20 },
  { sensor: "humidity", unit: "%", from: 40 },
  { sensor: "pressure", unit: "hPa", from: 1_000 },
];
const DEVICES = 100;
const FIRST_TIMESTAMP = Date.parse("2026-02-04T10:30:45.123Z");

/** PUBLISH packets that are ready to be sent, back to back, so that a run of them is one piece of memory. */
export interface EncodedMessages {
  /** The packets number `from` up to and without `to`, counted from 0 and without end: after the last the first comes. */
  packets(from: number, to: number): Uint8Array;
  /** The sum of the readings of the first `count` messages. Exact, since all values are multiples of an eighth. */
  sumOfFirst(count: number): number;
  /** The packet id of message number `index`, from 0. */
  packetId(index: number): number;
  /** How many messages from `index` on can be had as one piece. */
  runFrom(index: number): number;
  /** Bytes of a packet, on average, and of its payload. */
  readonly packetBytes: number;
  readonly payloadBytes: number;
}

/** The reading of message number `index`: a multiple of 1/8, so that sums are exact in whatever order they are made. */
export function readingOf(index: number): number {
  const position = index % PACKET_IDS;
  return sensorOf(position).from + ((position * 7_919) % 400) / 8;
}

function sensorOf(position: number): (typeof SENSORS)[number] {
  const sensor = SENSORS[position % SENSORS.length];
  if (sensor === undefined) throw new RangeError(`There is no sensor for message ${position}.`);
  return sensor;
}

/** Topic and payload of message number `index`: the platform's own shape of one reading with metadata. */
export function messageOf(index: number): { readonly topic: string; readonly payload: string } {
  const position = index % PACKET_IDS;
  const device = `5a96c2f0-7d1e-4b8a-9c3f-${String(position % DEVICES).padStart(12, "0")}`;
  const { sensor, unit } = sensorOf(position);
  return {
    topic: `device/${device}/telemetry/${sensor}`,
    payload: JSON.stringify({
      timestamp: new Date(FIRST_TIMESTAMP + position).toISOString(),
      device_id: device,
      sensor,
      value: readingOf(position),
      unit,
      metadata: {
        location: "Factory-A/Hall-2/Line-7",
        gateway: "gw-0042",
        firmware: "2.14.1",
        uptime: 86_417,
        rssi: -67,
        quality: 0.98,
      },
    }),
  };
}

/** Encodes one message for each packet id, at QoS 1. */
export function encodeMessages(protocolVersion: 4 | 5): EncodedMessages {
  const starts = new Uint32Array(PACKET_IDS + 1);
  const sums = new Float64Array(PACKET_IDS + 1);
  const packets: Buffer[] = [];
  let payloadBytes = 0;
  let bytes = 0;
  for (let position = 0; position < PACKET_IDS; position += 1) {
    const { topic, payload } = messageOf(position);
    const packet = generate(
      { cmd: "publish", topic, payload, qos: 1, dup: false, retain: false, messageId: position + 1 },
      { protocolVersion },
    );
    packets.push(packet);
    bytes += packet.byteLength;
    payloadBytes += Buffer.byteLength(payload);
    starts[position + 1] = bytes;
    sums[position + 1] = (sums[position] ?? 0) + readingOf(position);
  }
  const all = Buffer.concat(packets);
  const sumOfAll = sums[PACKET_IDS] ?? 0;
  return {
    packets(from, to) {
      const position = from % PACKET_IDS;
      return all.subarray(starts[position], starts[position + to - from]);
    },
    sumOfFirst: (count) => Math.floor(count / PACKET_IDS) * sumOfAll + (sums[count % PACKET_IDS] ?? 0),
    packetId: (index) => (index % PACKET_IDS) + 1,
    runFrom: (index) => PACKET_IDS - (index % PACKET_IDS),
    packetBytes: bytes / PACKET_IDS,
    payloadBytes: payloadBytes / PACKET_IDS,
  };
}
