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
 * After a reconnect into a kept session the broker sends again what it has no PUBACK for: before anything new, in order,
 * under the same packet ids (MQTT 3.1.1 and 5, 4.4). So a message is a redelivery if, before anything else came on this
 * connection, it equals in packet id, topic and payload one that was stored on an earlier connection. Nothing else is
 * ever taken for a duplicate: a device that sends the same value twice has sent it twice. DUP is not looked at, since
 * brokers may leave it off.
 */
export class RedeliveryWindow {
  readonly #size: number;
  /** Stored in this session, oldest first. */
  #stored: StoredMark[] = [];
  /** Those of earlier connections, which the broker may not know to be stored. Empty once something new came. */
  #expected = new Map<number, string>();

  /**
   * @param size How many messages can have been unacknowledged at once: the receive maximum.
   * @param stored What an earlier process stored last in this session, oldest first.
   */
  constructor(size: number, stored: readonly StoredMark[] = []) {
    this.#size = size;
    this.#stored = stored.slice(-size);
  }

  /** A connection was accepted. Without a session at the broker, there is nothing that it could send again. */
  connected(options: { readonly sessionPresent: boolean }): void {
    this.#expected.clear();
    if (options.sessionPresent) {
      // A later message under the same packet id replaces the earlier one: that had been acknowledged.
      for (const { packetId, hash } of this.#stored) this.#expected.set(packetId, hash);
    } else {
      this.#stored = [];
    }
  }

  /** Whether the broker had sent this message before and it is stored. Asked once per message, in order of receipt. */
  isRedelivery(mark: StoredMark): boolean {
    if (this.#expected.size === 0) return false;
    if (this.#expected.get(mark.packetId) === mark.hash) {
      this.#expected.delete(mark.packetId);
      return true;
    }
    this.#expected.clear();
    return false;
  }

  /** Notes that a message is stored. */
  stored(mark: StoredMark): void {
    this.#stored.push(mark);
    if (this.#stored.length > 2 * this.#size) this.#stored = this.#stored.slice(-this.#size);
  }
}

const FNV_PRIME = 0x01000193;

/**
 * A 64-bit hash of topic and payload, as 16 hexadecimal digits: two FNV-1a hashes with different offsets. It guards
 * against chance, not against an attacker: who may publish under a device's topic can say what he wants anyway.
 */
export function contentHash(topic: string, payload: Uint8Array): string {
  // The first is FNV-1a's own offset basis; the second only has to differ from it.
  let first = 0x811c9dc5;
  let second = 0x9747b28c;
  for (let index = 0; index < topic.length; index += 1) {
    const unit = topic.charCodeAt(index);
    first = Math.imul(first ^ unit, FNV_PRIME);
    second = Math.imul(second ^ unit, FNV_PRIME) ^ (second >>> 15);
  }
  for (const byte of payload) {
    first = Math.imul(first ^ byte, FNV_PRIME);
    second = Math.imul(second ^ byte, FNV_PRIME) ^ (second >>> 15);
  }
  return hex(first) + hex(second);
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, "0");
}
