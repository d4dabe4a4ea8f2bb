/** Why bytes are no MQTT packet that the broker takes. */
export type FrameFault = "malformed" | "too-large";

const EMPTY = Buffer.alloc(0);
/** A remaining length takes at most four bytes (MQTT 5, 2.1.4). */
const MAX_LENGTH_BYTES = 4;

/** Cuts a stream of bytes into MQTT packets, wherever the network has cut it before. */
export class FrameSplitter {
  readonly #maxPacketSize: number;
  /** What has come of the packet that is not whole yet. */
  #chunks: Buffer[] = [];
  #size = 0;
  /** How many bytes are needed before it is worth to look again. */
  #needed = 2;

  /** `maxPacketSize`: in bytes, header included. */
  constructor(maxPacketSize: number) {
    this.#maxPacketSize = maxPacketSize;
  }

  /**
   * Takes bytes and gives each packet that they complete to `onPacket`, as a view that is valid during the call.
   * Stops at the first packet that is none, and when `onPacket` gives `false`.
   */
  push(bytes: Buffer, onPacket: (packet: Buffer) => boolean): FrameFault | undefined {
    this.#chunks.push(bytes);
    this.#size += bytes.length;
    if (this.#size < this.#needed) return undefined;
    const all = this.#chunks.length === 1 ? bytes : Buffer.concat(this.#chunks, this.#size);
    let offset = 0;
    this.#needed = 2;
    while (all.length - offset >= 2) {
      const size = packetSize(all, offset);
      if (size === "malformed") return "malformed";
      if (size === undefined) break;
      if (size > this.#maxPacketSize) return "too-large";
      this.#needed = size;
      if (all.length - offset < size) break;
      const goOn = onPacket(all.subarray(offset, offset + size));
      offset += size;
      this.#needed = 2;
      if (!goOn) break;
    }
    const rest = offset === all.length ? EMPTY : all.subarray(offset);
    this.#chunks = rest.length === 0 ? [] : [rest];
    this.#size = rest.length;
    if (this.#needed <= rest.length) this.#needed = rest.length + 1;
    return undefined;
  }
}

/** The size of the packet that begins here, header included; `undefined` while its length is not there yet. */
function packetSize(bytes: Buffer, offset: number): number | "malformed" | undefined {
  let remaining = 0;
  for (let index = 0; index < MAX_LENGTH_BYTES; index += 1) {
    const byte = bytes[offset + 1 + index];
    if (byte === undefined) return undefined;
    remaining += (byte & 0x7f) * 128 ** index;
    if (byte < 0x80) return 2 + index + remaining;
  }
  return "malformed";
}
