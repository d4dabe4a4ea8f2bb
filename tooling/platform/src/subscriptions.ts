import type { Message } from "./message.ts";
import type { Session } from "./session.ts";
import { type Filter, matches } from "./topics.ts";

/** A filter that a session has subscribed to, with what it asked for. */
export interface Subscription {
  readonly session: Session;
  readonly filter: Filter;
  readonly qos: 0 | 1;
  readonly noLocal: boolean;
  readonly retainAsPublished: boolean;
  readonly identifier: number | undefined;
}

interface Entry {
  readonly filter: Filter;
  readonly subscriptions: Map<Session, Subscription>;
  /** Whose turn it is in a share group, for each publisher. */
  readonly turns: Map<string, number>;
}

/** Who has subscribed to what. */
export class SubscriptionTable {
  /** By the filter's text: a share group is one entry. */
  readonly #entries = new Map<string, Entry>();

  /** Adds a subscription, or replaces that of the same session and filter. `true` if it is new. */
  add(subscription: Subscription): boolean {
    const { session, filter } = subscription;
    const entry = this.#entries.get(filter.text) ?? { filter, subscriptions: new Map(), turns: new Map() };
    this.#entries.set(filter.text, entry);
    const isNew = !entry.subscriptions.has(session);
    entry.subscriptions.set(session, subscription);
    session.subscriptions.set(filter.text, subscription);
    return isNew;
  }

  /** `false` if there was none. */
  remove(session: Session, text: string): boolean {
    session.subscriptions.delete(text);
    const entry = this.#entries.get(text);
    if (entry === undefined || !entry.subscriptions.delete(session)) return false;
    if (entry.subscriptions.size === 0) this.#entries.delete(text);
    return true;
  }

  removeAll(session: Session): void {
    for (const text of [...session.subscriptions.keys()]) this.remove(session, text);
  }

  clear(): void {
    this.#entries.clear();
  }

  /** Who gets a message: each subscription that fits, and one of each share group. A client with two gets it twice. */
  receiversOf(message: Message): Subscription[] {
    const receivers: Subscription[] = [];
    for (const entry of this.#entries.values()) {
      if (!matches(entry.filter.levels, message.levels)) continue;
      const entitled = [...entry.subscriptions.values()].filter((subscription) =>
        isEntitled(subscription, message),
      );
      if (entry.filter.group === undefined) receivers.push(...entitled);
      else receivers.push(...this.#pick(entry, entitled, message.publisherId));
    }
    return receivers;
  }

  /** Another member of a share group for a message that this session did not acknowledge. */
  replacementFor(session: Session, sharedFilter: string, message: Message): Subscription | undefined {
    const entry = this.#entries.get(sharedFilter);
    if (entry === undefined) return undefined;
    const others = [...entry.subscriptions.values()].filter(
      (subscription) => subscription.session !== session && isEntitled(subscription, message),
    );
    return this.#pick(entry, others, message.publisherId)[0];
  }

  /** EMQX's `round_robin`: in turn for each publisher. */
  #pick(entry: Entry, members: readonly Subscription[], publisherId: string): Subscription[] {
    const turn = entry.turns.get(publisherId) ?? firstTurn(publisherId);
    entry.turns.set(publisherId, turn + 1);
    const member = members[turn % members.length];
    return member === undefined ? [] : [member];
  }
}

/** A client gets nothing of another organisation's devices, however wide its filter. */
function isEntitled({ session, noLocal }: Subscription, message: Message): boolean {
  if (session.identity.organisation !== message.organisation) return false;
  return !(noLocal && session.clientId === message.publisherId);
}

/** Where a publisher begins: EMQX draws it by chance, here it follows from the client id, so that a run can be repeated. */
function firstTurn(publisherId: string): number {
  let sum = 0;
  for (const character of publisherId) sum += character.charCodeAt(0);
  return sum;
}
