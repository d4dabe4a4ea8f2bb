import { type Incoming, lineOf } from "../../data/incoming.ts";
import { endOfString } from "../../data/json-text.ts";

/**
 * The payload as the device wrote it, cut out of the message's line: numbers keep digits that JavaScript would lose.
 * Text comes without its quotes, binary as base64.
 */
export function payloadOf(message: Incoming): string {
  const line = lineOf(message);
  const start = line.indexOf(MARK, line.indexOf('"readings":'));
  const end = line.lastIndexOf(',"format":');
  if (start < 0 || end < start) return line;
  const payload = line.slice(start + MARK.length, end);
  if (message.format === "json") return payload.trim();
  try {
    return String(JSON.parse(payload));
  } catch {
    // Not as `toNdjson()` writes it; as it is, it is still what came.
    return payload;
  }
}

/** `toNdjson()` puts the readings, then the payload, then the format. */
const MARK = ',"payload":';

/** What of a payload is looked at for its line in a list: more is in no line. */
const LOOKED_AT = 2_000;

/**
 * The payload as one line of a list, without the time stamp and the device that stand beside the list: all messages of a
 * device would begin alike. What is wrong with them stays.
 */
export function summaryOf(message: Incoming): string {
  const payload = payloadOf(message);
  if (message.format !== "json" || !payload.startsWith("{")) return payload;
  const known = new Map([
    ["timestamp", message.timestamp !== null],
    ["device_id", !message.warnings.includes("device-mismatch")],
  ]);
  const { members, end } = membersOf(payload.slice(0, LOOKED_AT));
  const telling = members.filter((member) => known.get(KEY.exec(member)?.[1] ?? "") !== true);
  if (telling.length === members.length || telling.length === 0) return payload;
  return `{${telling.join(",").trimStart()}${end}`;
}

const KEY = /^\s*"([^"\\]*)"\s*:/;

/** The members of a JSON object as they are written, and what ends it; of a text that was cut, the last is a part of one. */
function membersOf(object: string): { readonly members: readonly string[]; readonly end: string } {
  const members: string[] = [];
  let depth = 0;
  let start = 1;
  for (let index = 0; index < object.length; index += 1) {
    const character = object[index];
    if (character === '"') index = endOfString(object, index);
    else if (character === "{" || character === "[") depth += 1;
    else if (character === "}" || character === "]") depth -= 1;
    else if (character === "," && depth === 1) {
      members.push(object.slice(start, index));
      start = index + 1;
    }
    if (depth === 0) return { members: [...members, object.slice(start, index)], end: object.slice(index) };
  }
  return { members: [...members, object.slice(start)], end: "" };
}
