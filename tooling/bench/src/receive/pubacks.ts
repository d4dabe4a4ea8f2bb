const PUBACK = 0x40;
/** Up to here the remaining length of a packet is one byte (MQTT 3.1.1, 2.2.3). */
const MAX_SHORT_LENGTH = 127;

/**
 * Reads the PUBACKs with which a frame begins, and gives the rest. A parser of all packets needs 30 µs for a window of 32 of
 * them, in which a receiver has nothing to do and its time is counted.
 */
export function readPubacks(frame: Buffer, onPuback: (packetId: number) => void): Buffer {
  let at = 0;
  while (at < frame.length && frame[at] === PUBACK) {
    const length = frame[at + 1] ?? 0;
    const end = at + 2 + length;
    if (length < 2 || length > MAX_SHORT_LENGTH || end > frame.length) break;
    onPuback(frame.readUInt16BE(at + 2));
    at = end;
  }
  return frame.subarray(at);
}
