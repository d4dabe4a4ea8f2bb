/** MQTT tells the length of a string in two bytes (3.1.1 and 5, 1.5.3 and 1.5.4). */
export const MAX_STRING_BYTES = 65_535;

/**
 * What keeps a text from being sent as an MQTT string (MQTT 3.1.1 and 5, 1.5.3 and 1.5.4); empty if nothing does.
 * The problems complete a sentence that begins with the name of the thing.
 */
export function findStringProblems(text: string): string[] {
  const problems: string[] = [];
  const bytes = utf8Length(text);
  if (bytes > MAX_STRING_BYTES)
    problems.push(`is ${bytes} bytes long; MQTT allows ${MAX_STRING_BYTES}: shorten it`);
  if (text.includes("\u0000")) problems.push("holds the character U+0000, which MQTT forbids: remove it");
  if (!text.isWellFormed())
    problems.push("holds half a surrogate pair, which UTF-8 cannot express: remove it");
  return problems;
}

/** The bytes that a text takes in UTF-8. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) continue;
    // A surrogate pair is two units and four bytes; any other unit from U+0800 on is three.
    bytes += unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 1 : 2;
  }
  return bytes;
}
