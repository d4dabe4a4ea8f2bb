import type { Filter } from "../filter.ts";
import type { Outlet } from "./outlet.ts";
import type { UpstreamNotice } from "./upstream.ts";
import type { Wire } from "./wire.ts";

/** Where a client stands between messages and gaps: everything up to there has been written for it. */
export interface Place {
  readonly seq: number;
  /** How many gaps of the list. */
  readonly gaps: number;
}

/** What a subscriber is made with. */
export interface SubscriberOptions<Piece> {
  readonly wire: Wire<Piece>;
  readonly filter: Filter;
  /** Epoch milliseconds at which its key ends. */
  readonly endsAt: number;
  readonly now: number;
  readonly outlet: Outlet<Piece>;
}

/** A client, whatever is written to it. */
export interface Member {
  readonly outlet: Pick<Outlet<unknown>, "isReady" | "close" | "abort">;
  readonly endsAt: number;
  readonly lastWriteAt: number;
  isGone: boolean;
  /** Tells how the relay stands with the platform, at once or as soon as the outlet takes it. */
  tellState(state: UpstreamNotice, now: number): void;
  /** Keeps a silent connection alive. */
  beat(state: UpstreamNotice, now: number): void;
  /** For how long the outlet has taken nothing, as far as was noticed; to be asked now and then. */
  fullForMs(now: number): number;
  /** To be called at both events of the outlet. */
  wake(): void;
}

/** One client of a live stream. */
export class Subscriber<Piece> implements Member {
  readonly wire: Wire<Piece>;
  readonly outlet: Outlet<Piece>;
  readonly filter: Filter;
  readonly endsAt: number;
  isGone = false;
  #lastWriteAt: number;
  #fullSince: number | null = null;
  #missedState = false;
  #wake: (() => void) | undefined;

  constructor({ wire, outlet, filter, endsAt, now }: SubscriberOptions<Piece>) {
    this.wire = wire;
    this.outlet = outlet;
    this.filter = filter;
    this.endsAt = endsAt;
    this.#lastWriteAt = now;
  }

  get lastWriteAt(): number {
    return this.#lastWriteAt;
  }

  write(pieces: readonly Piece[], now: number): void {
    if (this.isGone || pieces.length === 0) return;
    this.#lastWriteAt = now;
    this.outlet.write(pieces);
  }

  tellState(state: UpstreamNotice, now: number): void {
    this.#missedState = !this.outlet.isReady;
    if (!this.#missedState) this.write([this.wire.state(state)], now);
  }

  /** To be called when the outlet takes more again. */
  catchUpState(state: UpstreamNotice, now: number): void {
    if (this.#missedState) this.tellState(state, now);
  }

  beat(state: UpstreamNotice, now: number): void {
    if (this.outlet.isReady) this.write([this.wire.heartbeat(state)], now);
  }

  fullForMs(now: number): number {
    if (this.outlet.isReady) this.#fullSince = null;
    else this.#fullSince ??= now;
    return this.#fullSince === null ? 0 : now - this.#fullSince;
  }

  /** Fulfils when the outlet takes more, or the client has gone. */
  async ready(): Promise<void> {
    while (!this.isGone && !this.outlet.isReady) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  wake(): void {
    this.#fullSince = null;
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
