import type { EncodedMessages } from "./messages.ts";
import type { FeedOutcome, FeedPlan } from "./protocol.ts";
import type { Schedule } from "./schedule.ts";

/** The most messages in a WebSocket frame. EMQX, too, puts what it has for a client at once into one frame. */
const MAX_PER_FRAME = 32;
/** More faults than these say nothing new. */
const MAX_FAULTS = 10;

/** What a {@link Feed} works with. */
export interface FeedOptions {
  readonly plan: FeedPlan;
  readonly messages: EncodedMessages;
  /** When messages are due after the warm-up; `undefined`: at once. */
  readonly schedule: Schedule | undefined;
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

  /** Sends what is due by now, as far as the window allows. */
  pump(nowMs: number): void {
    const { plan, schedule } = this.#options;
    const due = this.#dueBy(nowMs);
    const end = Math.min(due, this.#acknowledged + plan.window, plan.total);
    const perFrame = this.#steadySince === undefined || schedule?.sharesFrames ? MAX_PER_FRAME : 1;
    while (this.#sent < end) this.#sendFrame(Math.min(perFrame, end - this.#sent));
  }

  /** When the next message is due, in milliseconds; `undefined` if nothing is due before another PUBACK. */
  nextDueMs(nowMs: number): number | undefined {
    const { plan, schedule } = this.#options;
    if (schedule === undefined || this.#steadySince === undefined || this.isDone) return undefined;
    if (this.#sent - this.#acknowledged >= plan.window) return undefined;
    return this.#steadySince + schedule.nextMs(nowMs - this.#steadySince);
  }

  #dueBy(nowMs: number): number {
    const { plan, schedule } = this.#options;
    if (schedule === undefined) return plan.total;
    // The receiver is not asked to do the rest of the warm-up and the steady rate at once.
    if (this.#acknowledged < plan.warmUp) return plan.warmUp;
    this.#steadySince ??= nowMs;
    return plan.warmUp + schedule.dueBy(nowMs - this.#steadySince);
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
