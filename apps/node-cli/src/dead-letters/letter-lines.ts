import { toNdjson } from "@tesa/core";
import type { DeadLetter } from "@tesa/log";
import { escapeForTerminal, localDateTime, printable, redact, truncate } from "@tesa/process";

/** How dead letters are to look. */
export interface LetterStyle {
  /** Lines for people, no wider than the terminal, instead of JSON with the whole message. */
  readonly isTable: boolean;
  readonly isTerminal: boolean;
  readonly columns: number;
}

/** Writes dead letters as lines. */
export function letterLines(
  letters: readonly DeadLetter[],
  { isTable, isTerminal, columns }: LetterStyle,
): string {
  const asText = ({ id, at, reader, reason, message }: DeadLetter) => {
    const text = `${String(id).padStart(6)}  ${localDateTime(at)}  ${reader}  ${message.topic}  ${reason}`;
    return truncate(printable(redact(text)), columns - 1);
  };
  const asJson = (letter: DeadLetter) =>
    isTerminal ? escapeForTerminal(letterJson(letter)) : letterJson(letter);
  return letters.map((letter) => `${isTable ? asText(letter) : asJson(letter)}\n`).join("");
}

function letterJson({ id, reader, at, reason, message }: DeadLetter): string {
  const head = JSON.stringify({ id, reader, at, reason: redact(reason) });
  return `${head.slice(0, -1)},"message":${toNdjson(message)}}`;
}
