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
  // What a narrow terminal cuts off is at the end: the reason is what the list is for. JSON has the reader too.
  const asText = ({ id, at, reason, message }: DeadLetter) => {
    const text = `${String(id).padStart(6)}  ${localDateTime(at)}  ${shortReason(reason)}  ${message.topic}`;
    return truncate(printable(redact(text)), columns - 1);
  };
  const asJson = (letter: DeadLetter) =>
    isTerminal ? escapeForTerminal(letterJson(letter)) : letterJson(letter);
  return letters.map((letter) => `${isTable ? asText(letter) : asJson(letter)}\n`).join("");
}

/** Without the address of the webhook, which is the same in every line. */
function shortReason(reason: string): string {
  return reason.replace(/The webhook receiver \S+ /, "");
}

function letterJson({ id, reader, at, reason, message }: DeadLetter): string {
  const head = JSON.stringify({ id, reader, at, reason: redact(reason) });
  return `${head.slice(0, -1)},"message":${toNdjson(message)}}`;
}
