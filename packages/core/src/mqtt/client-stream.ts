import { joinBytes } from "./lane.ts";

type Listener = (...parts: readonly unknown[]) => void;

/** What a {@link ClientStream} reads into: the Writable of mqtt.js. */
export interface Sink {
  write(bytes: Uint8Array): unknown;
}

/** Where what is written to a {@link ClientStream} goes. */
export interface ClientStreamTarget {
  send(bytes: Uint8Array<ArrayBuffer>): void;
  /** Begins to close, after what was sent. */
  close(): void;
  /** Ends it at once. */
  terminate(): void;
}

const utf8 = new TextEncoder();

/**
 * What mqtt.js 5.16 and mqtt-packet use of a duplex stream, and no more. Node's own exists on Node alone, and its
 * counterpart for browsers, `readable-stream`, is 40 kB that work in a bundle only beside polyfills. A later mqtt.js may
 * use more of it: hence the narrow range of that dependency.
 *
 * What is written while corked is sent together, at `uncork()`.
 */
export class ClientStream {
  readonly #target: ClientStreamTarget;
  readonly #listeners = new Map<string, Set<Listener>>();
  #sink: Sink | undefined;
  #corks = 0;
  #corked: Uint8Array<ArrayBuffer>[] = [];
  #isDestroyed = false;

  constructor(target: ClientStreamTarget) {
    this.#target = target;
  }

  get destroyed(): boolean {
    return this.#isDestroyed;
  }

  /** What arrives is little without the PUBLISH packets: the sink is never waited for. */
  pipe<S extends Sink>(sink: S): S {
    this.#sink = sink;
    return sink;
  }

  /** Hands whole packets to mqtt.js. */
  push(packets: Uint8Array): void {
    if (!this.#isDestroyed) this.#sink?.write(packets);
  }

  cork(): void {
    this.#corks += 1;
  }

  uncork(): void {
    this.#corks = Math.max(0, this.#corks - 1);
    if (this.#corks === 0) this.#sendCorked();
  }

  write(chunk: Uint8Array<ArrayBuffer> | string): boolean {
    if (this.#isDestroyed) return false;
    this.#corked.push(typeof chunk === "string" ? utf8.encode(chunk) : chunk);
    if (this.#corks === 0) this.#sendCorked();
    return true;
  }

  end(callback?: () => void): this {
    this.#corks = 0;
    this.#sendCorked();
    this.#target.close();
    if (callback !== undefined) queueMicrotask(callback);
    return this;
  }

  destroy(error?: Error): this {
    if (this.#isDestroyed) return this;
    this.#isDestroyed = true;
    this.#target.terminate();
    queueMicrotask(() => {
      if (error !== undefined) this.#emit("error", error);
      this.#emit("close");
    });
    return this;
  }

  on(event: string, listener: Listener): this {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners.add(listener));
    return this;
  }

  once(event: string, listener: Listener): this {
    const onFirst: Listener = (...parts) => {
      this.removeListener(event, onFirst);
      listener(...parts);
    };
    return this.on(event, onFirst);
  }

  removeListener(event: string, listener: Listener): this {
    this.#listeners.get(event)?.delete(listener);
    return this;
  }

  /** There is no limit to how many may listen. */
  setMaxListeners(): this {
    return this;
  }

  #sendCorked(): void {
    const [first, ...more] = this.#corked;
    if (first === undefined) return;
    this.#corked = [];
    this.#target.send(more.length === 0 ? first : joinBytes([first, ...more]));
  }

  #emit(event: string, ...parts: readonly unknown[]): void {
    for (const listener of [...(this.#listeners.get(event) ?? [])]) listener(...parts);
  }
}
