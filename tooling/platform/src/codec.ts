import { generate, type Packet, parser } from "mqtt-packet";

/** Turns whole packets into objects; the CONNECT that comes first tells it the protocol version. */
export class PacketDecoder {
  readonly #parser = parser();
  #packet: Packet | undefined;
  #isBroken = false;

  constructor() {
    this.#parser.on("packet", (packet) => {
      this.#packet = packet;
    });
    this.#parser.on("error", () => {
      this.#isBroken = true;
    });
  }

  /** Decodes one packet; `undefined` if it is malformed, and then this decoder is of no more use. */
  decode(bytes: Buffer): Packet | undefined {
    this.#packet = undefined;
    try {
      const left = this.#parser.parse(bytes);
      if (this.#isBroken || left > 0) return undefined;
    } catch {
      // The parser reads past the end of some truncated fields.
      return undefined;
    }
    return this.#packet;
  }
}

/** Writes a packet as this version of MQTT has it. */
export function encodePacket(packet: Packet, version: 4 | 5): Buffer {
  return generate(packet, { protocolVersion: version });
}

/** The protocol level of a CONNECT packet, without decoding the rest; `undefined` if it is none. */
export function connectLevel(packet: Buffer): number | undefined {
  if (packet.length < 2 || packet.readUInt8(0) !== 0x10) return undefined;
  let offset = 1;
  while ((packet[offset] ?? 0) >= 0x80) offset += 1;
  offset += 1;
  if (offset + 2 > packet.length) return undefined;
  return packet[offset + 2 + packet.readUInt16BE(offset)];
}
