import type { LedgerWriter } from "./ledger.ts";
import type { Message } from "./message.ts";
import type { Delivery, Session } from "./session.ts";
import { type Subscription, SubscriptionTable } from "./subscriptions.ts";
import { matches } from "./topics.ts";

/** Takes messages from publishers to the sessions that subscribed, and keeps the retained ones. */
export class Router {
  readonly subscriptions: SubscriptionTable = new SubscriptionTable();
  readonly #retained = new Map<string, Message>();
  readonly #ledger: LedgerWriter;

  constructor(ledger: LedgerWriter) {
    this.#ledger = ledger;
  }

  /** Gives how many clients it goes to. */
  publish(message: Message): number {
    if (message.retain) this.#retain(message);
    const receivers = this.subscriptions.receiversOf(message);
    for (const subscription of receivers) {
      const retain = subscription.retainAsPublished && message.retain;
      subscription.session.deliver(deliveryFor(subscription, message, retain));
    }
    return receivers.length;
  }

  /** Sends a new subscriber what is retained. Share groups get none (MQTT 5, 4.8.2). */
  sendRetained(subscription: Subscription): void {
    const { filter, session } = subscription;
    if (filter.group !== undefined) return;
    for (const message of this.#retained.values()) {
      if (message.organisation !== session.identity.organisation) continue;
      if (matches(filter.levels, message.levels)) session.deliver(deliveryFor(subscription, message, true));
    }
  }

  /** A session is over: what share groups had given it goes to their other members, the rest is lost. */
  sessionEnded(session: Session, deliveries: readonly Delivery[], isCleanShutdown: boolean): void {
    this.subscriptions.removeAll(session);
    for (const { message, sharedFilter } of deliveries) {
      const replacement =
        sharedFilter === undefined || isCleanShutdown
          ? undefined
          : this.subscriptions.replacementFor(session, sharedFilter, message);
      if (replacement === undefined) this.#ledger.note("dropped", session.clientId, message, "session-ended");
      else replacement.session.deliver(deliveryFor(replacement, message, false));
    }
  }

  /** Forgets all, as a broker that restarts. */
  clear(): void {
    this.subscriptions.clear();
    this.#retained.clear();
  }

  #retain(message: Message): void {
    if (message.payload.length === 0) this.#retained.delete(message.topic);
    else this.#retained.set(message.topic, message);
  }
}

function deliveryFor(subscription: Subscription, message: Message, retain: boolean): Delivery {
  return {
    message,
    qos: subscription.qos === 0 ? 0 : message.qos,
    retain,
    subscriptionIdentifier: subscription.identifier,
    sharedFilter: subscription.filter.group === undefined ? undefined : subscription.filter.text,
  };
}
