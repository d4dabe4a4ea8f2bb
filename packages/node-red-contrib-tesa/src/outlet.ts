import type { Telemetry } from "@tesa/core";
import { type Cursor, follow, type TelemetryLog } from "@tesa/log";

/** What an outlet is made of. */
export interface OutletOptions {
  readonly log: TelemetryLog;
  /** Name of its place in the log. */
  readonly name: string;
  readonly onMessages: (messages: readonly Telemetry[]) => void;
  /** Called once, when the log can no longer be read. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * How long the flow has for a message until the place behind it is saved, in milliseconds. Node-RED does not tell when a
 * flow is done with a message; most are long before that.
 */
const SETTLE_MS = 1_000;

/**
 * Hands what is in the log to the flow, from where it was at the last time on. After a crash, the flow gets what it had
 * got in the last two seconds again.
 */
export class Outlet {
  readonly #options: OutletOptions;
  readonly #cursor: Cursor;
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>;
  readonly #timer: NodeJS.Timeout;
  #place: number;
  /** What the flow has had at least {@link SETTLE_MS} for, the next time the timer comes. */
  #settling: number;
  #target = Number.POSITIVE_INFINITY;

  private constructor(options: OutletOptions, cursor: Cursor) {
    this.#options = options;
    this.#cursor = cursor;
    this.#place = cursor.position;
    this.#settling = cursor.position;
    this.#timer = setInterval(() => void this.#saveSettled(), SETTLE_MS);
    this.#ended = this.#run().catch((error: unknown) => this.#fail(error));
  }

  /** @throws TesaError `log` */
  static async open(options: OutletOptions): Promise<Outlet> {
    return new Outlet(options, await options.log.cursor(options.name));
  }

  /** Hands out what is in the log now, and ends. */
  async drain(): Promise<void> {
    this.#target = (await this.#options.log.bounds()).lastSeq;
    this.#endIfThere();
    await this.#ended;
  }

  /** Hands out nothing more; what is left is for the next start. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#ended;
  }

  async #run(): Promise<void> {
    const { log, onMessages } = this.#options;
    try {
      const pages = follow(log, { after: this.#place, signal: this.#stop.signal });
      for await (const { messages, lastSeq } of pages) {
        if (messages.length > 0) onMessages(messages);
        this.#place = lastSeq;
        this.#endIfThere();
      }
      clearInterval(this.#timer);
      // Nodes hand on messages in turns of the event loop.
      await new Promise((resolve) => setImmediate(resolve));
      await this.#cursor.save({ position: this.#place });
    } finally {
      clearInterval(this.#timer);
      this.#cursor.close();
    }
  }

  async #saveSettled(): Promise<void> {
    const position = this.#settling;
    this.#settling = this.#place;
    if (position > this.#cursor.position) {
      await this.#cursor.save({ position }).catch((error: unknown) => this.#fail(error));
    }
  }

  #fail(error: unknown): void {
    clearInterval(this.#timer);
    this.#options.onFailure(error);
  }

  #endIfThere(): void {
    if (this.#place >= this.#target) this.#stop.abort();
  }
}
