/** What a pace needs of the world. */
export interface PaceClock {
  now(): number;
  /** Rejects when the signal aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** Less than this is not waited for, in milliseconds: messages that came nearly together go together. */
const SLACK_MS = 5;

/** Says when it is time for a message, by the differences between the times at which messages came. */
export class Pace {
  readonly #speed: number;
  readonly #clock: PaceClock;
  #startedAt: number | undefined;
  #firstReceivedAt = 0;

  /** @param speed 1 is as it was; infinite is as fast as possible. */
  constructor(speed: number, clock: PaceClock) {
    this.#speed = speed;
    this.#clock = clock;
  }

  /** How many milliseconds are left before it is the message's turn; 0 when it has come. */
  timeLeft(receivedAt: number): number {
    if (this.#startedAt === undefined) {
      this.#startedAt = this.#clock.now();
      this.#firstReceivedAt = receivedAt;
    }
    if (!Number.isFinite(this.#speed)) return 0;
    const dueAt = this.#startedAt + (receivedAt - this.#firstReceivedAt) / this.#speed;
    const left = dueAt - this.#clock.now();
    return left > SLACK_MS ? left : 0;
  }

  /** Splits messages into groups whose turn comes together, and waits for the turn of each. */
  async *group<Message extends { readonly receivedAt: number }>(
    messages: readonly Message[],
    signal: AbortSignal,
  ): AsyncGenerator<readonly Message[]> {
    let group: Message[] = [];
    for (const message of messages) {
      if (this.timeLeft(message.receivedAt) > 0) {
        if (group.length > 0) yield group;
        group = [];
        // What was yielded may have taken its time.
        const left = this.timeLeft(message.receivedAt);
        if (left > 0) await this.#clock.sleep(left, signal);
      }
      group.push(message);
    }
    if (group.length > 0) yield group;
  }
}
