import { type Incoming, lineOf } from "../../data/incoming.ts";

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
