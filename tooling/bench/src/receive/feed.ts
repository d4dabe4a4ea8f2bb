import type { EncodedMessages } from "./messages.ts";
import type { FeedOutcome, FeedPlan } from "./protocol.ts";

/** The most messages in a WebSocket frame. EMQX, too, puts what it has for a client at once into one frame. */
const MAX_PER_FRAME = 32;
/** More faults than these say nothing new. */
const MAX_FAULTS = 10;

/** What a {@link Feed} works with. */
export interface FeedOptions {
  readonly plan: FeedPlan;
  readonly messages: EncodedMessages;
  readonly send: (frame: Uint8Array) => void;
}

/**
 * Decides what is sent when: never more than the window allows, and after the warm-up at the rate asked for. Time is
 * handed in, in milliseconds.
 */
export class Feed {
  readonly #options: FeedOptions;
  readonly #faults: string[] = [];
  #sent = 0;
  #acknowledged = 0;
  /** When the first message after the warm-up is due; not known before the warm-up is acknowledged. */
  #steadySince: number | undefined;

  constructor(options: FeedOptions) {
    this.#options = options;
  }

  /** Whether everything has been sent. */
  get isDone(): boolean {
    return this.#sent >= this.#options.plan.total;
  }

  get outcome(): FeedOutcome {
    return {
      sent: this.#sent,
      acknowledged: this.#acknowledged,
      sum: this.#options.messages.sumOfFirst(this.#sent),
      faults: this.#faults,
    };
  }

  /** A PUBACK came. They must come in the order of the messages (MQTT 3.1.1 and 5, 4.6). */
  acknowledged(packetId: number): void {
    const expected = this.#options.messages.packetId(this.#acknowledged);
    if (this.#acknowledged >= this.#sent) this.#fault(`PUBACK ${packetId} for nothing`);
    else if (packetId !== expected) this.#fault(`PUBACK ${packetId} where ${expected} was due`);
    this.#acknowledged += 1;
  }

  /** Sends what may be sent by now. At full speed many messages share a frame; at a given rate each has its own. */
  pump(nowMs: number): void {
    const { plan } = this.#options;
    const isSteady = plan.ratePerSecond !== null && this.#sent >= plan.warmUp;
    const limit = isSteady ? this.#dueBy(nowMs) : plan.ratePerSecond === null ? plan.total : plan.warmUp;
    const end = Math.min(limit, this.#acknowledged + plan.window, plan.total);
    while (this.#sent < end) this.#sendFrame(isSteady ? 1 : Math.min(MAX_PER_FRAME, end - this.#sent));
  }

  /** When the next message is due, in milliseconds; `undefined` if nothing is due before another PUBACK. */
  nextDueMs(): number | undefined {
    const { plan } = this.#options;
    if (plan.ratePerSecond === null || this.#steadySince === undefined || this.isDone) return undefined;
    if (this.#sent - this.#acknowledged >= plan.window) return undefined;
    return this.#steadySince + ((this.#sent - plan.warmUp + 1) * 1_000) / plan.ratePerSecond;
  }

  #dueBy(nowMs: number): number {
    const { plan } = this.#options;
    // The receiver is not asked to do the rest of the warm-up and the steady rate at once.
    if (this.#steadySince === undefined && this.#acknowledged < plan.warmUp) return plan.warmUp;
    this.#steadySince ??= nowMs;
    return plan.warmUp + Math.floor(((nowMs - this.#steadySince) * (plan.ratePerSecond ?? 0)) / 1_000);
  }

  #sendFrame(wanted: number): void {
    const { messages, send } = this.#options;
    const count = Math.min(wanted, messages.runFrom(this.#sent));
    send(messages.packets(this.#sent, this.#sent + count));
    this.#sent += count;
  }

  #fault(text: string): void {
    if (this.#faults.length < MAX_FAULTS) this.#faults.push(text);
  }
}
