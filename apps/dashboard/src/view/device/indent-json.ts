import { endOfString } from "../../data/json-text.ts";

/** Deeper levels are indented no further: a payload of nothing but brackets would become thousands of times as long. */
const MAX_INDENTED = 16;

/** The text with line breaks and two blanks for each level; everything but the space between is left as it is. */
export function indentJson(json: string): string {
  let out = "";
  let depth = 0;
  const newLine = () => `\n${"  ".repeat(Math.min(depth, MAX_INDENTED))}`;
  for (let at = 0; at < json.length; at += 1) {
    const character = json[at] ?? "";
    if (character === '"') {
      const end = endOfString(json, at);
      out += json.slice(at, end + 1);
      at = end;
    } else if (character === "{" || character === "[") {
      let next = at + 1;
      while (json.charCodeAt(next) <= 0x20) next += 1;
      const isEmpty = json[next] === "}" || json[next] === "]";
      if (isEmpty) {
        out += character + json[next];
        at = next;
      } else {
        depth += 1;
        out += character + newLine();
      }
    } else if (character === "}" || character === "]") {
      depth = Math.max(0, depth - 1);
      out += newLine() + character;
    } else if (character === ",") out += character + newLine();
    else if (character === ":") out += ": ";
    else if (json.charCodeAt(at) > 0x20) out += character;
  }
  return out;
}
