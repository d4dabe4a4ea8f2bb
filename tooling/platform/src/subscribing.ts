import type { ISubscribePacket, ISubscription } from "mqtt-packet";
import { maySubscribe } from "./acl.ts";
import type { Broker } from "./broker.ts";
import { REASON } from "./reason-codes.ts";
import type { Session } from "./session.ts";
import type { Subscription } from "./subscriptions.ts";
import { type Filter, parseFilter } from "./topics.ts";

/** What follows from a SUBSCRIBE. */
export type SubscribeVerdict =
  /** `codes`: what the SUBACK of MQTT 5 would have said. */
  | { readonly type: "disconnect"; readonly reason: number; readonly codes: readonly number[] }
  /** `retainedFor`: the subscriptions that get retained messages now. */
  | {
      readonly type: "answer";
      readonly codes: readonly number[];
      readonly retainedFor: readonly Subscription[];
    };

interface Request {
  readonly filter: Filter;
  readonly options: ISubscription;
  readonly isAllowed: boolean;
}

/** Subscribes a session to what it may see. Where refusals disconnect, one refused filter is enough, and none counts. */
export function subscribe(packet: ISubscribePacket, session: Session, broker: Broker): SubscribeVerdict {
  const requests: Request[] = [];
  for (const options of packet.subscriptions) {
    const filter = parseFilter(options.topic);
    if (filter === undefined) return { type: "disconnect", reason: REASON.topicFilterInvalid, codes: [] };
    requests.push({ filter, options, isAllowed: maySubscribe(session.identity, filter, broker.devices) });
  }
  if (requests.length === 0) return { type: "disconnect", reason: REASON.protocolError, codes: [] };
  const codes = requests.map(({ isAllowed, options }) =>
    isAllowed ? grantedQos(options) : REASON.notAuthorized,
  );
  if (broker.settings.denyAction === "disconnect" && requests.some(({ isAllowed }) => !isAllowed)) {
    return { type: "disconnect", reason: REASON.notAuthorized, codes };
  }
  const retainedFor: Subscription[] = [];
  for (const { filter, options, isAllowed } of requests) {
    if (!isAllowed) continue;
    const subscription: Subscription = {
      session,
      filter,
      qos: grantedQos(options),
      noLocal: options.nl ?? false,
      retainAsPublished: options.rap ?? false,
      identifier: packet.properties?.subscriptionIdentifier,
    };
    const isNew = broker.router.subscriptions.add(subscription);
    if (wantsRetained(options, isNew)) retainedFor.push(subscription);
  }
  return { type: "answer", codes, retainedFor };
}

/** QoS 2 is not spoken here: who asks for it gets QoS 1. */
function grantedQos({ qos }: ISubscription): 0 | 1 {
  return qos === 0 ? 0 : 1;
}

/** Retain handling (MQTT 5, 3.8.3.1): 0 always, 1 for a new subscription, 2 never. */
function wantsRetained({ rh = 0 }: ISubscription, isNew: boolean): boolean {
  return rh === 0 || (rh === 1 && isNew);
}
