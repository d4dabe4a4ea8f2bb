/** Breaks a text at its spaces into lines of at most so many columns; a longer word stays whole. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > columns) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

/** Narrower than this, more would be broken than is won. */
const MIN_COLUMNS = 20;

/** Wraps for a terminal, all lines but the first behind an indent; what is no terminal gets one line. */
export function wrapFor(
  stream: NodeJS.WritableStream,
  text: string,
  { before, indent }: { readonly before: number; readonly indent: string },
): string {
  if (!("isTTY" in stream) || stream.isTTY !== true) return text;
  const columns = "columns" in stream && typeof stream.columns === "number" ? stream.columns : 80;
  const room = Math.max(MIN_COLUMNS, columns - 1 - Math.max(before, indent.length));
  return wrap(text, room).join(`\n${indent}`);
}
