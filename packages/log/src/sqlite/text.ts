/**
 * Text in a form that every runtime reads back exactly. SQLite keeps text as UTF-8, which cannot express half a
 * surrogate pair, and a reader may stop at U+0000: such a text (no MQTT broker should ever send one) is kept as a BLOB
 * of UTF-16 code units, the low byte first.
 */
export function encodeText(text: string): string | Uint8Array {
  if (text.isWellFormed() && !text.includes("\u0000")) return text;
  const bytes = new Uint8Array(2 * text.length);
  const view = new DataView(bytes.buffer);
  for (let index = 0; index < text.length; index += 1)
    view.setUint16(2 * index, text.charCodeAt(index), true);
  return bytes;
}

/** Reads what {@link encodeText} made. */
export function decodeText(stored: string | Uint8Array): string {
  if (typeof stored === "string") return stored;
  const view = new DataView(stored.buffer, stored.byteOffset, stored.byteLength);
  let text = "";
  for (let offset = 0; offset + 1 < stored.byteLength; offset += 2) {
    text += String.fromCharCode(view.getUint16(offset, true));
  }
  return text;
}
