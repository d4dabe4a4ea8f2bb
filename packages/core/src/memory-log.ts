import { LateMarks } from "./late-mark.ts";
import type { Log, SessionRecord } from "./log.ts";
import { RedeliveryWindow } from "./redelivery.ts";

/** Options of {@link createMemoryLog}. */
export interface MemoryLogOptions {
  /** Gives numbers from 0 up to 1; the client id is made of it. */
  readonly random: () => number;
  /** How many messages the broker may have unacknowledged. @default 1,000 */
  readonly receiveMaximum?: number;
}

/**
 * A log that keeps no message, only its place: the sequence, the session and what is needed to know a redelivery. It
 * lasts as long as the process. Since it is not durable, a message is acknowledged when its reader is done with it.
 */
export function createMemoryLog({ random, receiveMaximum = 1_000 }: MemoryLogOptions): Log {
  const window = new RedeliveryWindow(receiveMaximum);
  const marks = new LateMarks(window.remembered);
  let session: SessionRecord = {
    clientId: randomClientId(random),
    filters: [],
    acceptedToken: null,
    connectedUntil: null,
  };
  let lastSeq = 0;
  return {
    durable: false,
    session: async () => session,
    saveSession: async (next) => {
      session = next;
    },
    connected: async (options) => window.connected(options),
    append: async (batch) => {
      const firstSeq = lastSeq + 1;
      const redelivered: number[] = [];
      for (const [index, mark] of marks.of(batch).entries()) {
        if (mark !== undefined) {
          if (window.isRedelivery(mark, batch[index]?.duplicate)) {
            redelivered.push(index);
            continue;
          }
          window.stored(mark);
          marks.stored(1);
        }
        lastSeq += 1;
      }
      return { firstSeq, lastSeq, redelivered };
    },
    recordGap: async () => {},
  };
}

/** MQTT 3.1.1 promises 23 characters of digits and letters (3.1.3.1): "tesa" and 16 random ones, 82 bits. */
export function randomClientId(random: () => number): string {
  const alphabet = "0123456789abcdefghijklmnopqrstuvwxyz";
  let id = "tesa";
  for (let index = 0; index < 16; index += 1) id += alphabet[Math.floor(random() * alphabet.length)];
  return id;
}
