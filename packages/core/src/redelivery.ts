/** What the log remembers of a stored message: enough to know it again when the broker sends it once more. */
export interface StoredMark {
  /** 1 to 65,535. */
  readonly packetId: number;
  /** {@link contentHash} of topic and payload. */
  readonly hash: string;
}

/**
 * Decides which messages the broker sends for a second time.
 *
 * After a reconnect into a kept session the broker sends again what it has no PUBACK for, under the same packet ids
 * (MQTT 3.1.1 and 5, 4.4), and mostly before anything new. A message is a redelivery if it equals in packet id, topic and
 * payload one that was stored in this session, and
 *
 * - nothing new has come on this connection yet, or
 * - the broker says so (DUP). EMQX may send new messages first, and then everything unacknowledged, these included; it
 *   sets DUP then (seen on 5.10.3). DUP alone is no sign: brokers may leave it off.
 *
 * Nothing else is ever taken for a duplicate: a device that sends the same value twice has sent it twice.
 */
export class RedeliveryWindow {
  readonly #size: number;
  /** Stored in this session, oldest first. */
  #stored: StoredMark[] = [];
  /**
   * The last content that was stored under each packet id; an earlier one had been acknowledged. Only kept while the
   * broker may send something again: few connections are resumed, and each message would pay for it.
   */
  readonly #known = new Map<number, StoredMark>();
  /** Those that the broker may send again before anything new, without saying so. */
  readonly #expected = new Map<number, StoredMark>();
  #isResumed = false;

  /**
   * @param size How many messages can have been unacknowledged at once: the receive maximum.
   * @param stored What an earlier process stored last in this session, oldest first.
   */
  constructor(size: number, stored: readonly StoredMark[] = []) {
    this.#size = size;
    for (const mark of stored.slice(-size)) this.stored(mark);
  }

  /** How many of the messages stored last it may still compare with. */
  get remembered(): number {
    return 2 * this.#size;
  }

  /** A connection was accepted. Without a session at the broker, there is nothing that it could send again. */
  connected(options: { readonly sessionPresent: boolean }): void {
    this.#isResumed = options.sessionPresent;
    this.#expected.clear();
    this.#known.clear();
    if (!options.sessionPresent) this.#stored = [];
    for (const mark of this.#stored) {
      this.#known.set(mark.packetId, mark);
      this.#expected.set(mark.packetId, mark);
    }
  }

  /**
   * Whether the broker had sent this message before and it is stored. Asked once per message, in order of receipt.
   *
   * @param isMarked Whether the broker set DUP.
   */
  isRedelivery(mark: StoredMark, isMarked = false): boolean {
    if (!this.#isResumed) return false;
    if (isMarked && this.#known.get(mark.packetId)?.hash === mark.hash) {
      this.#expected.delete(mark.packetId);
      return true;
    }
    if (this.#expected.size === 0) return false;
    if (this.#expected.get(mark.packetId)?.hash === mark.hash) {
      this.#expected.delete(mark.packetId);
      return true;
    }
    this.#expected.clear();
    return false;
  }

  /** Notes that a message is stored. */
  stored(mark: StoredMark): void {
    this.#stored.push(mark);
    if (this.#isResumed) this.#known.set(mark.packetId, mark);
    if (this.#stored.length <= this.remembered) return;
    this.#stored = this.#stored.slice(-this.#size);
    this.#known.clear();
    if (!this.#isResumed) return;
    for (const kept of this.#stored) this.#known.set(kept.packetId, kept);
  }
}

/** Odd constants that spread a change in any bit over all higher ones: FNV's prime, and those of MurmurHash3's last step. */
const FNV_PRIME = 0x01000193;
const FIRST_FACTOR = 0x85ebca6b;
const SECOND_FACTOR = 0xc2b2ae35;

/**
 * A 64-bit hash of topic and payload, as 16 hexadecimal digits: two multiplying hashes of 32 bits that have nothing in
 * common but their input. Every message is hashed, so the payload is taken four bytes at a time, a third of the cost of
 * single bytes. It guards against chance, not against an attacker: who may publish under a device's topic can say what
 * he wants anyway.
 */
export function contentHash(topic: string, payload: Uint8Array): string {
  // FNV's offset basis, and any other number; the lengths keep the border between topic and payload, and its last bytes.
  let first = 0x811c9dc5 ^ topic.length;
  let second = 0x9747b28c ^ payload.length;
  for (let index = 0; index < topic.length; index += 1) {
    const unit = topic.charCodeAt(index);
    first = Math.imul(first ^ unit, FNV_PRIME);
    second = Math.imul(second ^ unit, SECOND_FACTOR) ^ (second >>> 15);
  }
  for (let index = 0; index < payload.length; index += 4) {
    // Past the end it is undefined, and 0 in the word.
    const word =
      (payload[index] ?? 0) |
      ((payload[index + 1] ?? 0) << 8) |
      ((payload[index + 2] ?? 0) << 16) |
      ((payload[index + 3] ?? 0) << 24);
    first = Math.imul(first ^ word, FIRST_FACTOR);
    first ^= first >>> 15;
    second = Math.imul(second ^ word, SECOND_FACTOR);
    second ^= second >>> 13;
  }
  return hex(Math.imul(first ^ (first >>> 13), SECOND_FACTOR)) + hex(Math.imul(second, FIRST_FACTOR));
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, "0");
}
