import { type Filter, filterKey } from "../filter.ts";
import { compose } from "./compose.ts";
import type { Feed } from "./feed.ts";
import type { LiveEvent } from "./live-event.ts";
import { createReplay } from "./replay.ts";
import type { Place, Subscriber } from "./subscriber.ts";
import type { Wire } from "./wire.ts";

/** Live clients that get the same pieces. */
interface Group<Piece> {
  readonly filter: Filter;
  readonly live: Set<Subscriber<Piece>>;
}

/** A flush: what came since the live clients were last written to. */
export interface Flush {
  readonly from: Place;
  readonly events: readonly LiveEvent[];
  readonly to: number;
  readonly now: number;
}

/**
 * Hands events on to the clients of one kind. A client is live, and gets what its group gets at each flush, or behind,
 * and is served from ring and log at its own pace until it stands where the live ones stand.
 */
export class Fanout<Piece> {
  readonly #wire: Wire<Piece>;
  readonly #feed: Feed;
  readonly #onFailure: (error: unknown) => void;
  readonly #groups = new Map<string, Group<Piece>>();

  constructor(wire: Wire<Piece>, feed: Feed, onFailure: (error: unknown) => void) {
    this.#wire = wire;
    this.#feed = feed;
    this.#onFailure = onFailure;
  }

  /** Takes in a client that stands there; it becomes live by itself. */
  add(subscriber: Subscriber<Piece>, place: Place): void {
    const behind = createReplay(this.#feed, subscriber, place);
    const catchUp = async () => {
      // No await between the last look and joining: nothing can come in between.
      while (!subscriber.isGone && !behind.isDone()) await behind.step();
      if (!subscriber.isGone) this.#groupOf(subscriber.filter).live.add(subscriber);
    };
    catchUp().catch((error: unknown) => {
      this.#onFailure(error);
      subscriber.outlet.abort();
    });
  }

  remove(subscriber: Subscriber<Piece>): void {
    const key = filterKey(subscriber.filter);
    const group = this.#groups.get(key);
    group?.live.delete(subscriber);
    if (group?.live.size === 0) this.#groups.delete(key);
  }

  /** Writes to all live clients; gives how many pieces of what was written went out. */
  flush({ from, events, to, now }: Flush): number {
    let writes = 0;
    for (const { filter, live } of this.#groups.values()) {
      if (live.size === 0) continue;
      const { pieces } = compose(this.#wire, { from, events, to, gaps: this.#feed.gaps, filter });
      if (pieces.length === 0) continue;
      for (const subscriber of live) {
        if (subscriber.outlet.isReady) {
          subscriber.write(pieces, now);
          writes += 1;
          continue;
        }
        live.delete(subscriber);
        this.add(subscriber, from);
      }
    }
    return writes;
  }

  #groupOf(filter: Filter): Group<Piece> {
    const key = filterKey(filter);
    const group = this.#groups.get(key) ?? { filter, live: new Set() };
    this.#groups.set(key, group);
    return group;
  }
}
