import { TesaError } from "../errors.ts";

/** A PUBLISH packet. `payload` is a view on the bytes that were received, and keeps all of them in memory. */
export interface LanePublish {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: 0 | 1;
  readonly retained: boolean;
  readonly duplicate: boolean;
  readonly packetId: number | undefined;
}

/** Where a {@link Lane} puts what it finds, in the order of receipt. */
export interface LaneOptions {
  readonly protocolVersion: 4 | 5;
  /** The largest packet taken, in bytes, header included. */
  readonly maxPacketBytes: number;
  readonly onPublish: (publish: LanePublish) => void;
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

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Takes the PUBLISH packets out of what a broker sends, and passes all else on. Packets may be cut at any byte and
 * several may come at once (MQTT over WebSockets: MQTT 5, 6.0).
 *
 * It exists because messages are nearly all of the traffic: taking them here as views saves most of what a general
 * client spends on each, and lets the PUBACK wait for the log without anything else having to wait.
 */
export class Lane {
  readonly #options: LaneOptions;
  /** The beginning of a packet whose end has not come: its pieces, their length, and the whole length once known. */
  #pieces: Uint8Array[] = [];
  #have = 0;
  #need = 0;

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  /** @throws TesaError `protocol` for what MQTT does not allow. The connection must then be ended. */
  feed(chunk: Uint8Array): void {
    if (this.#have === 0) {
      this.#split(chunk);
      return;
    }
    this.#pieces.push(chunk);
    this.#have += chunk.byteLength;
    if (this.#have < this.#need) return;
    // Joined only when the packet is complete: a large one in many pieces is copied once.
    const joined = joinBytes(this.#pieces, this.#have);
    this.#pieces = [];
    this.#have = 0;
    this.#split(joined);
  }

  #split(bytes: Uint8Array): void {
    let at = 0;
    // Neighbours that are not PUBLISH go on together.
    let otherFrom = -1;
    const passOn = (end: number) => {
      if (otherFrom >= 0) this.#options.onOther(bytes.subarray(otherFrom, end));
      otherFrom = -1;
    };
    while (at < bytes.byteLength) {
      const header = readLength(bytes, at + 1);
      const end = header === undefined ? undefined : header.at + header.value;
      if (end !== undefined && end - at > this.#options.maxPacketBytes) {
        throw violation(
          `a packet of ${end - at} bytes; ${this.#options.maxPacketBytes} are taken at the most`,
        );
      }
      if (header === undefined || end === undefined || end > bytes.byteLength) {
        passOn(at);
        this.#pieces = [bytes.subarray(at)];
        this.#have = bytes.byteLength - at;
        this.#need = end === undefined ? this.#have + 1 : end - at;
        return;
      }
      const first = bytes[at] ?? 0;
      if (first >> 4 === PUBLISH) {
        passOn(at);
        this.#options.onPublish(this.#publish(first & 0x0f, bytes.subarray(header.at, end)));
      } else if (otherFrom < 0) otherFrom = at;
      at = end;
    }
    passOn(at);
  }

  /** MQTT 3.1.1 and 5, 3.3: topic, packet id, properties (5 only), payload. */
  #publish(flags: number, body: Uint8Array): LanePublish {
    const qos = (flags >> 1) & 0x03;
    if (qos === 3) throw violation("a PUBLISH of QoS 3");
    if (qos === 2) throw violation("a PUBLISH of QoS 2, which was not subscribed to");
    const topicEnd = 2 + readWord(body, 0);
    const idEnd = topicEnd + (qos === 0 ? 0 : 2);
    if (idEnd > body.byteLength) throw violation("a PUBLISH that ends before its payload begins");
    const packetId = qos === 0 ? undefined : readWord(body, topicEnd);
    if (packetId === 0) throw violation("a PUBLISH with packet id 0");
    const payloadAt = this.#options.protocolVersion === 5 ? skipProperties(body, idEnd) : idEnd;
    return {
      topic: readTopic(body.subarray(2, topicEnd)),
      payload: body.subarray(payloadAt),
      qos: qos === 0 ? 0 : 1,
      retained: (flags & 1) === 1,
      duplicate: (flags & 8) === 8,
      packetId,
    };
  }
}

/** The PUBACKs of the given packet ids, in order. Without a reason code they are alike in 3.1.1 and 5 (3.4.2.1). */
export function encodePubacks(packetIds: readonly number[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4 * packetIds.length);
  for (const [index, id] of packetIds.entries()) {
    bytes.set([0x40, 2, id >> 8, id & 0xff], 4 * index);
  }
  return bytes;
}

function readTopic(bytes: Uint8Array): string {
  if (bytes.byteLength === 0) throw violation("a PUBLISH without a topic; topic aliases were not offered");
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw violation("a topic that is not UTF-8", cause);
  }
}

/** Where the payload begins. Only the topic alias concerns us: none was offered, so there must be none. */
function skipProperties(body: Uint8Array, at: number): number {
  const length = readLength(body, at);
  const end = length === undefined ? Number.POSITIVE_INFINITY : length.at + length.value;
  if (length === undefined || end > body.byteLength) {
    throw violation("a PUBLISH whose properties go beyond its end");
  }
  let next = length.at;
  while (next < end) next = skipProperty(body, next);
  if (next !== end) throw violation("a PUBLISH whose properties do not fill their length");
  return end;
}

function skipProperty(body: Uint8Array, at: number): number {
  const id = body[at] ?? 0;
  switch (PUBLISH_PROPERTIES[id]) {
    case "byte":
      return at + 2;
    case "four-bytes":
      return at + 5;
    case "string":
      return skipString(body, at + 1);
    case "pair":
      return skipString(body, skipString(body, at + 1));
    case "variable": {
      const value = readLength(body, at + 1);
      if (value === undefined) throw violation("a PUBLISH with a property cut off");
      return value.at;
    }
    default:
      throw violation(
        id === TOPIC_ALIAS
          ? "a topic alias; none was offered"
          : `a PUBLISH with property 0x${id.toString(16)}, which it cannot have`,
      );
  }
}

function skipString(body: Uint8Array, at: number): number {
  return at + 2 + readWord(body, at);
}

function readWord(bytes: Uint8Array, at: number): number {
  const high = bytes[at];
  const low = bytes[at + 1];
  if (high === undefined || low === undefined) throw violation("a PUBLISH cut off in a length");
  return (high << 8) | low;
}

/**
 * A variable byte integer (MQTT 5, 1.5.5) and where it ends; `undefined` if it is not all there.
 * @throws TesaError `protocol` when it is longer than four bytes
 */
function readLength(
  bytes: Uint8Array,
  from: number,
): { readonly value: number; readonly at: number } | undefined {
  let value = 0;
  for (let index = 0; index < 4; index += 1) {
    const byte = bytes[from + index];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * 128 ** index;
    if (byte < 0x80) return { value, at: from + index + 1 };
  }
  throw violation("a length of more than four bytes");
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
