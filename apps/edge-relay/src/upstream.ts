import { openStream, type StreamOptions, type StreamState, type TelemetryStream } from "@tesa/core";

/** How long a stream stays ended that ended by an error, in milliseconds, before it is tried again. */
const RETRY_MS = 60_000;

/**
 * The connection to the platform, which comes and goes with the clients while the relay stays: to the relay it is one
 * stream, `idle` in between.
 */
export class Upstream implements Pick<TelemetryStream, "state" | "status"> {
  readonly #options: StreamOptions;
  #state: StreamState = { type: "idle" };
  #stream: TelemetryStream | undefined;
  #endedAt = Number.NEGATIVE_INFINITY;
  #changed = Promise.withResolvers<void>();

  constructor(options: StreamOptions) {
    this.#options = options;
  }

  get state(): StreamState {
    return this.#state;
  }

  /** The present state, then each later one that still is when it is looked at. */
  async *status(): AsyncIterableIterator<StreamState> {
    for (let told: StreamState | undefined; ; ) {
      if (told === this.#state) {
        await this.#changed.promise;
        continue;
      }
      told = this.#state;
      yield told;
    }
  }

  /** Connects, unless it does already, or has just failed for good. */
  start(): void {
    if (this.#stream !== undefined && !this.#mayTryAgain(this.#stream)) return;
    const stream = openStream(this.#options);
    this.#stream = stream;
    void this.#follow(stream);
    void this.#read(stream);
  }

  /** Says goodbye to the broker, which keeps the session for a while. */
  async stop(): Promise<void> {
    const stream = this.#stream;
    if (stream === undefined) return;
    await stream.drain();
    if (this.#stream !== stream) return;
    this.#stream = undefined;
    this.#change({ type: "idle" });
  }

  #mayTryAgain(stream: TelemetryStream): boolean {
    return stream.state.type === "closed" && this.#options.clock.now() >= this.#endedAt + RETRY_MS;
  }

  async #follow(stream: TelemetryStream): Promise<void> {
    for await (const state of stream.status()) {
      if (this.#stream === stream) this.#change(state);
    }
  }

  /** The log stores and acknowledges; nothing else is to be done with what comes. */
  async #read(stream: TelemetryStream): Promise<void> {
    try {
      for await (const _ of stream.batches());
    } catch {
      // Its state says why.
      this.#endedAt = this.#options.clock.now();
    }
  }

  #change(state: StreamState): void {
    this.#state = state;
    const { resolve } = this.#changed;
    this.#changed = Promise.withResolvers();
    resolve();
  }
}
