/** What carries bytes to a client and back: a WebSocket or a socket. */
export interface Wire {
  /** Writes; calls back when the operating system has taken the bytes. */
  write(bytes: Buffer, done: () => void): void;
  /** Bytes written that the operating system has not taken. */
  readonly bufferedBytes: number;
  /** Ends in the transport's own way: close code 1000, or the end of the stream. */
  end(): void;
  /** Cuts the TCP connection. */
  destroy(): void;
  pause(): void;
}

/** From here on a client counts as slow: what may wait is kept in its queue instead of in the socket's buffer. */
const CONGESTED_BYTES = 1_048_576;
/** How long a client may take to close its side before it is cut. */
const END_TIMEOUT_MS = 1_000;

interface Delayed {
  readonly dueAt: number;
  readonly bytes: Buffer;
}

/**
 * The way out to one client. Packets of one turn of the event loop leave in one write, so that several share a
 * WebSocket frame, as EMQX does it. Faults act here: silence and delay.
 */
export class Link {
  /** Called when a congested link can take more. */
  onDrain: () => void = () => {};
  readonly #wire: Wire;
  #delayMs: number;
  #delayed: Delayed[] = [];
  #delayTimer: NodeJS.Timeout | undefined;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #flushTimer: NodeJS.Immediate | undefined;
  #wasCongested = false;
  #state: "open" | "silent" | "ended" = "open";

  constructor(wire: Wire, delayMs: number) {
    this.#wire = wire;
    this.#delayMs = delayMs;
  }

  get isCongested(): boolean {
    const isCongested = this.#pendingBytes + this.#wire.bufferedBytes > CONGESTED_BYTES;
    if (isCongested) this.#wasCongested = true;
    return isCongested;
  }

  get isSilent(): boolean {
    return this.#state === "silent";
  }

  /** Delays what is sent from now on; what is under way keeps its order. */
  slowDown(delayMs: number): void {
    this.#delayMs = delayMs;
  }

  /** Sends nothing more and reads nothing more, without a sign to the other side. */
  silence(): void {
    if (this.#state !== "open") return;
    this.#state = "silent";
    this.#forget();
    this.#wire.pause();
  }

  send(bytes: Buffer): void {
    if (this.#state !== "open") return;
    this.#pendingBytes += bytes.length;
    if (this.#delayMs > 0 || this.#delayed.length > 0) this.#sendLater(bytes);
    else this.#sendNow(bytes);
  }

  /** Sends what is under way, and ends the connection in the transport's own way. */
  end(): void {
    if (this.#state === "silent") this.destroy();
    if (this.#state !== "open") return;
    for (const { bytes } of this.#delayed) this.#pending.push(bytes);
    this.#flush();
    this.#forget();
    this.#state = "ended";
    this.#wire.end();
    setTimeout(() => this.#wire.destroy(), END_TIMEOUT_MS).unref();
  }

  /** Cuts the TCP connection. */
  destroy(): void {
    this.#forget();
    this.#state = "ended";
    this.#wire.destroy();
  }

  #sendNow(bytes: Buffer): void {
    this.#pending.push(bytes);
    this.#flushTimer ??= setImmediate(() => this.#flush());
  }

  #sendLater(bytes: Buffer): void {
    const after = this.#delayed.at(-1)?.dueAt ?? 0;
    this.#delayed.push({ dueAt: Math.max(after, Date.now() + this.#delayMs), bytes });
    this.#delayTimer ??= setTimeout(() => this.#release(), this.#delayMs);
  }

  #release(): void {
    this.#delayTimer = undefined;
    const now = Date.now();
    const due = this.#delayed.findIndex(({ dueAt }) => dueAt > now);
    const ready = this.#delayed.splice(0, due === -1 ? this.#delayed.length : due);
    for (const { bytes } of ready) this.#sendNow(bytes);
    const next = this.#delayed[0];
    if (next !== undefined) this.#delayTimer = setTimeout(() => this.#release(), next.dueAt - now);
  }

  #flush(): void {
    this.#flushTimer = undefined;
    const chunks = this.#pending;
    const [only] = chunks;
    if (only === undefined) return;
    this.#pending = [];
    const bytes = chunks.length === 1 ? only : Buffer.concat(chunks);
    this.#pendingBytes -= bytes.length;
    this.#wire.write(bytes, () => this.#onWritten());
  }

  #onWritten(): void {
    if (this.#state !== "open" || !this.#wasCongested || this.isCongested) return;
    this.#wasCongested = false;
    this.onDrain();
  }

  #forget(): void {
    clearTimeout(this.#delayTimer);
    clearImmediate(this.#flushTimer);
    this.#delayTimer = undefined;
    this.#flushTimer = undefined;
    this.#delayed = [];
    this.#pending = [];
    this.#pendingBytes = 0;
  }
}
