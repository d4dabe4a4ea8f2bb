import { toNdjson } from "@tesa/core";
import type { DeadLetter } from "@tesa/log";
import { localDateTime } from "../output/local-time.ts";
import { truncate } from "../output/width.ts";
import { printable } from "../printable.ts";
import { redact } from "../redact.ts";

/** Writes dead letters as lines: for people, no wider than the terminal, or as JSON with the whole message. */
export function letterLines(
  letters: readonly DeadLetter[],
  { isTable, columns }: { readonly isTable: boolean; readonly columns: number },
): string {
  const asText = ({ id, at, reader, reason, message }: DeadLetter) => {
    const text = `${String(id).padStart(6)}  ${localDateTime(at)}  ${reader}  ${message.topic}  ${reason}`;
    return truncate(printable(redact(text)), columns - 1);
  };
  return letters.map((letter) => `${isTable ? asText(letter) : letterJson(letter)}\n`).join("");
}

function letterJson({ id, reader, at, reason, message }: DeadLetter): string {
  const head = JSON.stringify({ id, reader, at, reason: redact(reason) });
  return `${head.slice(0, -1)},"message":${toNdjson(message)}}`;
}
