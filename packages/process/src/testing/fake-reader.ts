import type { Reader, ReaderCounts, ReaderState } from "@tesa/log";

/** A reader whose state and counts a test sets. */
export interface FakeReader extends Reader {
  become(state: ReaderState): void;
  counts: ReaderCounts;
}

/** Makes a reader that has caught up. */
export function createFakeReader(name = "fake"): FakeReader {
  const listeners = new Set<(state: ReaderState) => void>();
  let current: ReaderState = { type: "caught-up" };
  const reader: FakeReader = {
    name,
    counts: { delivered: 0, deadLetters: 0, missed: 0 },
    get state() {
      return current;
    },
    become(state) {
      current = state;
      for (const listener of listeners) listener(state);
    },
    onState(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async drain() {
      reader.become({ type: "closed" });
    },
    async close() {
      reader.become({ type: "closed" });
    },
    [Symbol.asyncDispose]: () => reader.close(),
  };
  return reader;
}
