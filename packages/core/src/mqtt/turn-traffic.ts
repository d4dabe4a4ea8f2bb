import type { Publish } from "../transport.ts";
import type { AfterTurn } from "./after-turn.ts";
import { PubackHold } from "./puback-hold.ts";

/** When things can be done that need not be done at once. */
export interface Turns {
  /**
   * Calls back when the code that runs now has returned and what it has awaited of itself is done, still before the
   * next event is looked at. `undefined`: the runtime has no such moment.
   */
  readonly afterCallback: ((callback: () => void) => void) | undefined;
  /** Calls back, in order, once this turn of the event loop is over. */
  readonly afterTurn: AfterTurn;
}

/** What a {@link TurnTraffic} works with. */
export interface TurnTrafficOptions extends Turns {
  readonly onPublish: (publish: Publish) => void;
  /** Sends the PUBACKs of these packet ids. */
  readonly sendPubacks: (packetIds: readonly number[]) => void;
  readonly setTimer: (delayMs: number, callback: () => void) => void;
}

/**
 * Brings together what comes and goes within a turn of the event loop: messages are handed on in groups, and their
 * PUBACKs are sent with one write, never more than one in a turn, and less often where that saves something.
 *
 * There are two paces. Where little comes, messages are handed on as soon as the callback that brought them is over, and
 * acknowledged from there: what is written after the sockets were looked at costs Node two more rounds of its loop for
 * each wake-up, which is most of what such a message costs. Where several callbacks of a turn bring messages, they are
 * handed on together at its end, so that they share a commit.
 */
export class TurnTraffic {
  readonly #options: TurnTrafficOptions;
  readonly #hold: PubackHold;
  #arrived: Publish[] = [];
  #toAcknowledge: number[] = [];
  /** Whether messages have come in this turn, and its end will be noticed. */
  #isUnderWay = false;
  #isCallbackNoticed = false;
  /** Callbacks of this turn that brought messages. */
  #callbacks = 0;
  #isBusy = false;
  /** Whether PUBACKs were sent in this turn. */
  #hasSent = false;
  /** Whether they will be when this callback is over, or when this turn is. */
  #isSendNear = false;
  #isSendPlanned = false;

  constructor(options: TurnTrafficOptions) {
    this.#options = options;
    this.#hold = new PubackHold({ setTimer: options.setTimer, onDue: () => this.#planSend() });
  }

  arrive(publish: Publish): void {
    const { afterCallback, afterTurn } = this.#options;
    this.#arrived.push(publish);
    if (publish.qos === 1) this.#hold.came(publish.receivedAt);
    if (afterCallback !== undefined && !this.#isCallbackNoticed) {
      this.#isCallbackNoticed = true;
      afterCallback(() => this.#endCallback());
    }
    if (this.#isUnderWay) return;
    this.#isUnderWay = true;
    // What is acknowledged by the delivery itself is sent in the same turn.
    if (this.#isBusy || afterCallback === undefined) afterTurn(() => this.deliver());
    afterTurn(() => this.#endTurn());
  }

  /** Hands on what has arrived, now. */
  deliver(): void {
    const arrived = this.#arrived;
    this.#arrived = [];
    for (const publish of arrived) this.#options.onPublish(publish);
  }

  acknowledge(packetId: number): void {
    const { afterCallback } = this.#options;
    this.#toAcknowledge.push(packetId);
    if (this.#hold.holds(this.#toAcknowledge.length)) return;
    if (!this.#isUnderWay) this.#planSend();
    else if (!this.#hasSent && !this.#isSendNear && afterCallback !== undefined) {
      this.#isSendNear = true;
      afterCallback(() => this.#sendNow());
    }
  }

  /** Sends the PUBACKs that wait, now. */
  sendPubacks(): void {
    const packetIds = this.#toAcknowledge;
    if (packetIds.length === 0) return;
    this.#toAcknowledge = [];
    this.#hold.sent(packetIds.length);
    this.#options.sendPubacks(packetIds);
  }

  /** Gives whether it did. */
  #sendUnlessHeld(): boolean {
    const waiting = this.#toAcknowledge.length;
    if (waiting === 0 || this.#hold.holds(waiting)) return false;
    this.sendPubacks();
    return true;
  }

  #endCallback(): void {
    this.#isCallbackNoticed = false;
    this.#callbacks += 1;
    if (this.#callbacks === 1 && !this.#isBusy) this.deliver();
  }

  #endTurn(): void {
    const hadSent = this.#hasSent;
    this.#isUnderWay = false;
    this.#isBusy = this.#callbacks > 1;
    this.#callbacks = 0;
    this.#hasSent = false;
    if (!hadSent) this.#sendUnlessHeld();
    else if (this.#toAcknowledge.length > 0) this.#planSend();
    this.deliver();
  }

  #planSend(): void {
    if (this.#isSendPlanned) return;
    this.#isSendPlanned = true;
    this.#options.afterTurn(() => this.#sendLater());
  }

  #sendNow(): void {
    this.#isSendNear = false;
    // Between the end of a turn and the next message, it is not known how far the loop is.
    if (!this.#isUnderWay) {
      this.#planSend();
      return;
    }
    this.#hasSent = this.#sendUnlessHeld();
  }

  /** Where messages have come meanwhile, their turn sends all. */
  #sendLater(): void {
    this.#isSendPlanned = false;
    if (!this.#isUnderWay) this.#sendUnlessHeld();
  }
}
