import type { Telemetry } from "@tesa/core";

/** What a message counts against the retention: the bytes of its payload and of its topic in UTF-8. */
export function messageBytes({ topic, payload }: Pick<Telemetry, "topic" | "payload">): number {
  let bytes = topic.length + payload.byteLength;
  for (let index = 0; index < topic.length; index += 1) {
    const unit = topic.charCodeAt(index);
    if (unit < 0x80) continue;
    // A surrogate pair is two units and four bytes; any other unit from U+0800 on is three.
    bytes += unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 1 : 2;
  }
  return bytes;
}
