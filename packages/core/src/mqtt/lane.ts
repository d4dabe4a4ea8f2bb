import { TesaError } from "../errors.ts";
import { TextCache } from "../text-cache.ts";
import type { Publish } from "../transport.ts";

/** Where a {@link Lane} puts what it finds, in the order of receipt. */
export interface LaneOptions {
  readonly protocolVersion: 4 | 5;
  /** The largest packet taken, in bytes, header included. */
  readonly maxPacketBytes: number;
  /** `payload` is a view on the bytes that were received, and keeps all of them in memory. */
  readonly onPublish: (publish: Publish) => void;
  /** One or more whole packets that are not PUBLISH. */
  readonly onOther: (packets: Uint8Array) => void;
}

const PUBLISH = 3;
/** MQTT 5, 2.2.2.2. */
const TOPIC_ALIAS = 0x23;
/** MQTT 5, 3.3.2.3: the properties that a PUBLISH may have, with the form of their values. */
const PUBLISH_PROPERTIES: Readonly<Record<number, "byte" | "four-bytes" | "string" | "variable" | "pair">> = {
  1: "byte",
  2: "four-bytes",
  3: "string",
  8: "string",
  9: "string",
  11: "variable",
  38: "pair",
};

/**
 * Takes the PUBLISH packets out of what a broker sends, and passes all else on. Packets may be cut at any byte and
 * several may come at once (MQTT over WebSockets: MQTT 5, 6.0).
 *
 * It exists because messages are nearly all of the traffic: taking them here as views saves most of what a general
 * client spends on each, and lets the PUBACK wait for the log without anything else having to wait.
 */
export class Lane {
  readonly #options: LaneOptions;
  readonly #topics: TextCache = new TextCache();
  /** The beginning of a packet whose end has not come: its pieces, their length, and the whole length once known. */
  #pieces: Uint8Array[] = [];
  #have = 0;
  #need = 0;

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  /**
   * @param receivedAt When the chunk came, in epoch milliseconds.
   * @throws TesaError `protocol` for what MQTT does not allow. The connection must then be ended.
   */
  feed(chunk: Uint8Array, receivedAt: number): void {
    if (this.#have === 0) {
      this.#split(chunk, receivedAt);
      return;
    }
    this.#pieces.push(chunk);
    this.#have += chunk.byteLength;
    if (this.#have < this.#need) return;
    // Joined only when the packet is complete: a large one in many pieces is copied once.
    const joined = joinBytes(this.#pieces, this.#have);
    this.#pieces = [];
    this.#have = 0;
    this.#split(joined, receivedAt);
  }

  #split(bytes: Uint8Array, receivedAt: number): void {
    const { maxPacketBytes, onPublish } = this.#options;
    let at = 0;
    // Neighbours that are not PUBLISH go on together.
    let otherFrom = -1;
    while (at < bytes.byteLength) {
      const length = readLength(bytes, at + 1);
      const bodyAt = length < 0 ? at : endOfLength(bytes, at + 1);
      const end = bodyAt + length;
      if (end - at > maxPacketBytes) {
        throw violation(`a packet of ${end - at} bytes; ${maxPacketBytes} are taken at the most`);
      }
      if (length < 0 || end > bytes.byteLength) {
        this.#passOn(bytes, otherFrom, at);
        this.#pieces = [bytes.subarray(at)];
        this.#have = bytes.byteLength - at;
        this.#need = length < 0 ? this.#have + 1 : end - at;
        return;
      }
      const first = bytes[at] ?? 0;
      if (first >> 4 === PUBLISH) {
        this.#passOn(bytes, otherFrom, at);
        otherFrom = -1;
        onPublish(this.#publish(first & 0x0f, bytes, bodyAt, end, receivedAt));
      } else if (otherFrom < 0) otherFrom = at;
      at = end;
    }
    this.#passOn(bytes, otherFrom, at);
  }

  #passOn(bytes: Uint8Array, from: number, to: number): void {
    if (from >= 0) this.#options.onOther(bytes.subarray(from, to));
  }

  /** MQTT 3.1.1 and 5, 3.3: topic, packet id, properties (5 only), payload. It lies between `start` and `end`. */
  #publish(flags: number, bytes: Uint8Array, start: number, end: number, receivedAt: number): Publish {
    const qos = (flags >> 1) & 0x03;
    if (qos === 3) throw violation("a PUBLISH of QoS 3");
    if (qos === 2) throw violation("a PUBLISH of QoS 2, which was not subscribed to");
    const topicAt = start + 2;
    const topicEnd = topicAt + readWord(bytes, start, end);
    const idEnd = topicEnd + (qos === 0 ? 0 : 2);
    if (idEnd > end) throw violation("a PUBLISH that ends before its payload begins");
    const packetId = qos === 0 ? undefined : readWord(bytes, topicEnd, end);
    if (packetId === 0) throw violation("a PUBLISH with packet id 0");
    const payloadAt = this.#options.protocolVersion === 5 ? skipProperties(bytes, idEnd, end) : idEnd;
    return {
      topic: this.#topic(bytes, topicAt, topicEnd),
      payload: new Uint8Array(bytes.buffer, bytes.byteOffset + payloadAt, end - payloadAt),
      qos: qos === 0 ? 0 : 1,
      retained: (flags & 1) === 1,
      duplicate: (flags & 8) === 8,
      packetId,
      receivedAt,
    };
  }

  #topic(bytes: Uint8Array, start: number, end: number): string {
    if (start === end) throw violation("a PUBLISH without a topic; topic aliases were not offered");
    try {
      return this.#topics.read(bytes, start, end);
    } catch (cause) {
      throw violation("a topic that is not UTF-8", cause);
    }
  }
}

/** The PUBACKs of the given packet ids, in order. Without a reason code they are alike in 3.1.1 and 5 (3.4.2.1). */
export function encodePubacks(packetIds: readonly number[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4 * packetIds.length);
  let at = 0;
  for (const id of packetIds) {
    bytes[at] = 0x40;
    bytes[at + 1] = 2;
    bytes[at + 2] = id >> 8;
    bytes[at + 3] = id & 0xff;
    at += 4;
  }
  return bytes;
}

/**
 * Where the payload begins. Only the topic alias concerns us: none was offered, so there must be none.
 *
 * @param stop Where the packet ends.
 */
function skipProperties(bytes: Uint8Array, at: number, stop: number): number {
  const length = at < stop ? readLength(bytes, at) : -1;
  const start = length < 0 ? stop : endOfLength(bytes, at);
  const end = start + length;
  if (length < 0 || end > stop) throw violation("a PUBLISH whose properties go beyond its end");
  let next = start;
  while (next < end) next = skipProperty(bytes, next, stop);
  if (next !== end) throw violation("a PUBLISH whose properties do not fill their length");
  return end;
}

function skipProperty(bytes: Uint8Array, at: number, stop: number): number {
  const id = bytes[at] ?? 0;
  switch (PUBLISH_PROPERTIES[id]) {
    case "byte":
      return at + 2;
    case "four-bytes":
      return at + 5;
    case "string":
      return skipString(bytes, at + 1, stop);
    case "pair":
      return skipString(bytes, skipString(bytes, at + 1, stop), stop);
    case "variable": {
      if (readLength(bytes, at + 1) < 0) throw violation("a PUBLISH with a property cut off");
      return endOfLength(bytes, at + 1);
    }
    default:
      throw violation(
        id === TOPIC_ALIAS
          ? "a topic alias; none was offered"
          : `a PUBLISH with property 0x${id.toString(16)}, which it cannot have`,
      );
  }
}

function skipString(bytes: Uint8Array, at: number, stop: number): number {
  return at + 2 + readWord(bytes, at, stop);
}

function readWord(bytes: Uint8Array, at: number, stop: number): number {
  if (at + 2 > stop) throw violation("a PUBLISH cut off in a length");
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

/**
 * A variable byte integer (MQTT 5, 1.5.5); -1 if it is not all there.
 * @throws TesaError `protocol` when it is longer than four bytes
 */
function readLength(bytes: Uint8Array, from: number): number {
  let value = 0;
  let factor = 1;
  for (let index = from; index < from + 4; index += 1) {
    if (index >= bytes.byteLength) return -1;
    const byte = bytes[index] ?? 0;
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) return value;
    factor *= 128;
  }
  throw violation("a length of more than four bytes");
}

/** Where the variable byte integer ends that begins at `from` and is all there. */
function endOfLength(bytes: Uint8Array, from: number): number {
  let at = from;
  while ((bytes[at] ?? 0) >= 0x80) at += 1;
  return at + 1;
}

/** One array of several, whose `length` together may be known already. */
export function joinBytes(
  pieces: readonly Uint8Array[],
  length: number = pieces.reduce((sum, piece) => sum + piece.byteLength, 0),
): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.byteLength;
  }
  return joined;
}

function violation(what: string, cause?: unknown): TesaError {
  return new TesaError("protocol", `The broker sent ${what}.`, { retryable: true, cause });
}
