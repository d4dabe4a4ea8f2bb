/** Calls back once when nothing was heard for a while. Does not keep the process alive. */
export class IdleTimer {
  readonly #limitMs: number;
  readonly #onIdle: () => void;
  #lastHeard = Date.now();
  #timer: NodeJS.Timeout;

  constructor(limitMs: number, onIdle: () => void) {
    this.#limitMs = limitMs;
    this.#onIdle = onIdle;
    this.#timer = this.#arm(limitMs);
  }

  /** Something was heard. Cheap: the timer itself is not touched. */
  touch(): void {
    this.#lastHeard = Date.now();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #arm(delayMs: number): NodeJS.Timeout {
    return setTimeout(() => {
      const leftMs = this.#lastHeard + this.#limitMs - Date.now();
      if (leftMs > 0) this.#timer = this.#arm(leftMs);
      else this.#onIdle();
    }, delayMs).unref();
  }
}
