import { type Sink, toNdjson } from "@tesa/core";
import type { Destination } from "./destination.ts";

/** Writes a batch as JSON lines in one go. `forTerminal` escapes what a terminal would act on; the values stay the same. */
export function ndjsonSink(
  destination: Destination,
  { forTerminal }: { readonly forTerminal: boolean },
): Sink {
  return {
    write(messages) {
      const text = messages.map((message) => `${toNdjson(message)}\n`).join("");
      return destination.write(forTerminal ? escapeForTerminal(text) : text);
    },
  };
}

/**
 * What a terminal may act on and JSON allows in a string as it is: DEL, C1, format characters, line separators. (C0
 * is always escaped in JSON, but for the white space between tokens.)
 */
const UNSAFE_IN_JSON = /[\u007F-\u009F\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Escapes in JSON what a terminal would act on; the values stay the same. */
export function escapeForTerminal(json: string): string {
  return json.replace(UNSAFE_IN_JSON, (character) => {
    // One escape per UTF-16 code unit (RFC 8259, 7).
    const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
    return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
  });
}
