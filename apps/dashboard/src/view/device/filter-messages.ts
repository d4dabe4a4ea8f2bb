import type { LoggedMessage } from "../../data/device-detail.ts";
import type { Text } from "../../text/en.ts";
import type { Language } from "../../text/texts.ts";
import { alsoAhead } from "../lazy-part.ts";
import { payloadOf } from "./payload.ts";

let warnings: Awaited<ReturnType<typeof loadWarnings>>["WARNINGS"] | undefined;
const loadWarnings = () => import("../../text/warnings.ts");

/** Loads what is said of messages, which is found from then on; whoever points at the filter is about to need it. */
export const prepareFilter = alsoAhead(async (): Promise<void> => {
  warnings = (await loadWarnings()).WARNINGS;
});

/** In which words a message stands on the page. */
export interface Words {
  readonly text: Text;
  readonly language: Language;
}

/** Those of which all words of a filter stand in the row or in the message in full: its topic, its payload, what is wrong with it. */
export function filterMessages(
  messages: readonly LoggedMessage[],
  filter: string,
  until: number | null,
  words: Words,
): readonly LoggedMessage[] {
  const wanted = filter.toLowerCase().split(/\s+/).filter(Boolean);
  return messages.filter((logged) => {
    if (until !== null && logged.message.receivedAt > until) return false;
    if (wanted.length === 0) return true;
    const shown = shownText(logged, words).toLowerCase();
    return wanted.every((word) => shown.includes(word));
  });
}

function shownText({ message, marks }: LoggedMessage, { text, language }: Words): string {
  const shown = [message.topic, message.sensor ?? "", payloadOf(message)];
  for (const mark of marks) shown.push(text.device[mark]);
  for (const warning of message.warnings) shown.push(warnings?.[language][warning] ?? "");
  return shown.join("\n");
}
