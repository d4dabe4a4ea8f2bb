/** Written two columns wide by terminals: East Asian wide and fullwidth characters (UAX #11), and emoji. */
const WIDE =
  /[\u1100-\u115F\u2E80-\u303E\u3041-\uA4CF\uA960-\uA97F\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6\u{20000}-\u{3FFFD}\p{Emoji_Presentation}]|\uFE0F/u;
const COMBINING = /^[\p{Mn}\p{Me}]+$/u;
const PLAIN = /^[ -~]*$/;
/** No writing system stacks more on one letter; pranksters do. */
const MAX_GRAPHEME_LENGTH = 16;

/** How many columns of a terminal a text takes. It must be `printable()`. */
export function displayWidth(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemes(text)) width += graphemeWidth(segment);
  return width;
}

/** The beginning of a text that fits into so many columns; with an ellipsis where something was cut off. */
export function truncate(text: string, columns: number): string {
  if (columns <= 0) return "";
  if (PLAIN.test(text)) return text.length <= columns ? text : `${text.slice(0, columns - 1)}…`;
  let fitting = "";
  let width = 0;
  // What fits into one column less: the ellipsis may need the last one.
  let shortened = "";
  for (const { segment } of graphemes(text)) {
    width += graphemeWidth(segment);
    if (width > columns) return `${shortened}…`;
    fitting += segment.slice(0, MAX_GRAPHEME_LENGTH);
    if (width < columns) shortened = fitting;
  }
  return fitting;
}

/** Fills up with spaces to so many columns. */
export function pad(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - displayWidth(text)));
}

function graphemes(text: string): Iterable<{ readonly segment: string }> {
  return new Intl.Segmenter("en", { granularity: "grapheme" }).segment(text);
}

function graphemeWidth(grapheme: string): number {
  if (WIDE.test(grapheme)) return 2;
  return COMBINING.test(grapheme) ? 0 : 1;
}
