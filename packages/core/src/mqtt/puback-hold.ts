/** How long PUBACKs may be held back, in milliseconds: what browsers make of shorter timers. Twice that at the most. */
const HOLD_MS = 4;
/** So many are never held back: a quarter of EMQX's default window of 32 (`max_inflight`). */
const MIN_HELD = 8;
/** After a hold in which nothing came, nothing is held for so long, in milliseconds. */
const PAUSE_MS = 250;

/** What a {@link PubackHold} works with. */
export interface PubackHoldOptions {
  readonly setTimer: (delayMs: number, callback: () => void) => void;
  /** What is held shall be sent now. */
  readonly onDue: () => void;
}

/**
 * Decides whether PUBACKs wait for those of the next messages, so that one write takes them all: where messages come one
 * by one, a write for each is a third of what they cost.
 *
 * A broker must never wait for them. It sends on until its window is full, whose size it does not tell; but it is no smaller
 * than the most it has ever had under way, and half of that is what may be held. A smaller window than {@link MIN_HELD}
 * shows in that nothing comes while they are held, as does a slow rate, where there is nothing to be gained.
 */
export class PubackHold {
  readonly #options: PubackHoldOptions;
  #underWay = 0;
  #mostUnderWay = 0;
  /** Since the timer was set. */
  #came = 0;
  #hasSent = false;
  #isHolding = false;
  #isTimed = false;
  #isDue = false;
  #lastCameAt = 0;
  #pausedUntil = Number.NEGATIVE_INFINITY;

  constructor(options: PubackHoldOptions) {
    this.#options = options;
  }

  /** A message came that will be acknowledged, at this epoch millisecond. */
  came(at: number): void {
    this.#came += 1;
    this.#lastCameAt = at;
    this.#underWay += 1;
    if (this.#underWay > this.#mostUnderWay) this.#mostUnderWay = this.#underWay;
  }

  /** Whether so many PUBACKs shall wait. If so, `onDue` is called in time, unless they have been sent before. */
  holds(waiting: number): boolean {
    if (this.#isDue || waiting >= Math.max(MIN_HELD, this.#mostUnderWay >> 1)) return false;
    if (this.#lastCameAt < this.#pausedUntil) return false;
    this.#isHolding = true;
    if (!this.#isTimed) this.#setTimer();
    return true;
  }

  /** So many were sent: all that waited. */
  sent(count: number): void {
    this.#underWay -= count;
    this.#hasSent = true;
    this.#isHolding = false;
    this.#isDue = false;
  }

  #setTimer(): void {
    this.#isTimed = true;
    this.#hasSent = false;
    this.#came = 0;
    this.#options.setTimer(HOLD_MS, () => this.#timeIsUp());
  }

  #timeIsUp(): void {
    this.#isTimed = false;
    if (this.#came === 0) this.#pausedUntil = this.#lastCameAt + PAUSE_MS;
    if (!this.#isHolding) return;
    // The timer was set for those that have been sent meanwhile: setting one for each hold would cost more than it is worth.
    if (this.#hasSent) this.#setTimer();
    else {
      this.#isDue = true;
      this.#options.onDue();
    }
  }
}
