import { type Filter, filterKey, matchesFilter } from "../filter.ts";
import type { Flush } from "./fanout.ts";
import type { Feed } from "./feed.ts";
import { LiveEvent } from "./live-event.ts";
import type { Subscriber } from "./subscriber.ts";
import type { Wire } from "./wire.ts";

/** How long changes are gathered after some have been written, in milliseconds. */
const PAUSE_MS = 250;

/** The newest message of each device. */
type Newest = Map<string, LiveEvent>;

interface Group<Piece> {
  readonly filter: Filter;
  /** Each with what it has still to get by itself, since its outlet was full or its beginning is being looked up. */
  readonly members: Map<Subscriber<Piece>, Newest>;
  changes: Newest;
}

/**
 * `?view=latest`: the newest of each device, then what changes, gathered: a client that is slow, or a device that sends
 * often, costs messages and not memory.
 */
export class LatestView<Piece> {
  readonly #wire: Wire<Piece>;
  readonly #feed: Feed;
  readonly #onFailure: (error: unknown) => void;
  readonly #groups = new Map<string, Group<Piece>>();
  readonly #beginning = new Set<Subscriber<Piece>>();
  #cancelTimer: (() => void) | undefined;
  #writtenAt = Number.NEGATIVE_INFINITY;

  constructor(wire: Wire<Piece>, feed: Feed, onFailure: (error: unknown) => void) {
    this.#wire = wire;
    this.#feed = feed;
    this.#onFailure = onFailure;
  }

  add(subscriber: Subscriber<Piece>): void {
    const own: Newest = new Map();
    const group = this.#groupOf(subscriber.filter);
    // From now on it gathers, so that nothing is missed while the log is asked.
    group.members.set(subscriber, own);
    this.#beginning.add(subscriber);
    const begin = async () => {
      for (const message of await this.#feed.log.latest()) {
        if (message.deviceId === null || !matchesFilter(subscriber.filter, message)) continue;
        const event = new LiveEvent(message, this.#feed.log.epoch);
        if ((own.get(message.deviceId)?.seq ?? 0) < event.seq) own.set(message.deviceId, event);
      }
      this.#beginning.delete(subscriber);
      this.wake(subscriber);
    };
    begin().catch((error: unknown) => {
      this.#onFailure(error);
      subscriber.outlet.abort();
    });
  }

  remove(subscriber: Subscriber<Piece>): void {
    const key = filterKey(subscriber.filter);
    const group = this.#groups.get(key);
    group?.members.delete(subscriber);
    this.#beginning.delete(subscriber);
    if (group?.members.size === 0) this.#groups.delete(key);
  }

  /** To be called when the client's outlet takes more again. */
  wake(subscriber: Subscriber<Piece>): void {
    const own = this.#groups.get(filterKey(subscriber.filter))?.members.get(subscriber);
    if (own === undefined || own.size === 0 || !this.#isOpen(subscriber)) return;
    subscriber.write(this.#write(own), this.#feed.clock.now());
    own.clear();
  }

  /** Gathers what came; writes it at once if nothing was written lately. */
  flush({ events, now }: Pick<Flush, "events" | "now">): void {
    if (this.#groups.size === 0) return;
    for (const { filter, changes } of this.#groups.values()) {
      for (const event of events) {
        const { deviceId, retained } = event.message;
        // A retained message says nothing about now.
        if (deviceId !== null && !retained && matchesFilter(filter, event.message))
          changes.set(deviceId, event);
      }
    }
    const wait = this.#writtenAt + PAUSE_MS - now;
    if (wait <= 0) this.#writeChanges();
    else
      this.#cancelTimer ??= this.#feed.clock.setTimer(Math.min(wait, PAUSE_MS), () => this.#writeChanges());
  }

  close(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #writeChanges(): void {
    this.close();
    const now = this.#feed.clock.now();
    this.#writtenAt = now;
    for (const group of this.#groups.values()) {
      if (group.changes.size === 0) continue;
      const pieces = this.#write(group.changes);
      for (const [subscriber, own] of group.members) {
        if (this.#isOpen(subscriber) && own.size === 0) subscriber.write(pieces, now);
        else for (const [device, event] of group.changes) own.set(device, event);
      }
      group.changes = new Map();
    }
  }

  #write(newest: Newest): readonly Piece[] {
    const inOrder = [...newest.values()].sort((a, b) => a.seq - b.seq);
    return this.#wire.join(inOrder.map((event) => this.#wire.latest(event)));
  }

  #isOpen(subscriber: Subscriber<Piece>): boolean {
    return subscriber.outlet.isReady && !this.#beginning.has(subscriber);
  }

  #groupOf(filter: Filter): Group<Piece> {
    const key = filterKey(filter);
    const group = this.#groups.get(key) ?? { filter, members: new Map(), changes: new Map() };
    this.#groups.set(key, group);
    return group;
  }
}
