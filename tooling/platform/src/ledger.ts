import type { Message } from "./message.ts";
import type { Ledger, LedgerEntry } from "./types.ts";

/** What the broker writes into the ledger. */
export interface LedgerWriter {
  /** The publisher has been told that the message was taken. */
  accepted(message: Message): void;
  note(event: LedgerEntry["event"], clientId: string, message: Message, reason?: LedgerEntry["reason"]): void;
}

type Published = Ledger["published"][number];

/** Keeps what happened to each message, without a bound. `off` keeps nothing. */
export function createLedger(mode: "full" | "off"): {
  readonly ledger: Ledger;
  readonly writer: LedgerWriter;
} {
  const published: Published[] = [];
  const entries: LedgerEntry[] = [];
  const ledger: Ledger = {
    published,
    entries: ({ clientId, event } = {}) =>
      entries.filter(
        (entry) =>
          (clientId === undefined || entry.clientId === clientId) &&
          (event === undefined || entry.event === event),
      ),
    clear: () => {
      published.length = 0;
      entries.length = 0;
    },
  };
  if (mode === "off") return { ledger, writer: { accepted: () => {}, note: () => {} } };
  const writer: LedgerWriter = {
    accepted: ({ id, topic, payload }) => {
      published.push({ messageId: id, topic, payload });
    },
    note: (event, clientId, { id, topic, payload }, reason) => {
      const entry = { at: Date.now(), event, clientId, messageId: id, topic, payload };
      entries.push(reason === undefined ? entry : { ...entry, reason });
    },
  };
  return { ledger, writer };
}
