/** Longer names are cut: whatever a device calls itself, the page keeps this many characters of it. */
const MAX_NAME = 160;

/** A name of bounded length. Two long names stay different, by a hash at their end. */
export function boundedName(name: string): string {
  if (name.length <= MAX_NAME) return name;
  return ownCopy(`${name.slice(0, MAX_NAME - 10)}…${hash(name)}`);
}

/** The same text in memory of its own: a part that was cut out of a longer one would hold all of that. */
export function ownCopy(text: string): string {
  return new TextDecoder().decode(new TextEncoder().encode(text));
}

/** FNV-1a, 32 bits. */
function hash(text: string): string {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return (value >>> 0).toString(16).padStart(8, "0");
}

/**
 * A text from outside as it is shown: control characters and the marks that turn the direction of what follows are
 * replaced by a visible sign, so that nobody can make one name look like another, or turn the page around.
 *
 * @param maxLength what is longer is cut, with an ellipsis
 */
export function visibleText(text: string, maxLength = 200): string {
  const cut = text.length > maxLength ? `${cutAt(text, maxLength - 1)}…` : text;
  return cut.replace(INVISIBLE, (character) =>
    character < " " ? String.fromCharCode(0x2400 + character.charCodeAt(0)) : "\u{FFFD}",
  );
}

/** A name as it is shown: as {@link visibleText}, and one of nothing but white space can be seen. */
export function visibleName(name: string): string {
  return visibleText(name.trim() === "" ? name.replaceAll(/\s/g, "␣") : name);
}

/** C0 and C1 controls, soft hyphen, bidirectional and zero-width marks, line separators, interlinear marks, lone surrogates. */
const INVISIBLE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it is about
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|\p{Surrogate}/gu;

/** Does not cut a surrogate pair in two. */
function cutAt(text: string, length: number): string {
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length);
}
