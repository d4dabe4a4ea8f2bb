import type { IPublishPacket } from "mqtt-packet";
import { mayPublish } from "./acl.ts";
import type { Broker } from "./broker.ts";
import type { Identity } from "./identity.ts";
import type { Message } from "./message.ts";
import { REASON } from "./reason-codes.ts";
import { isTopicName } from "./topics.ts";

/** What follows from a PUBLISH: an answer (none at QoS 0), or the end of the connection. */
export interface PublishVerdict {
  readonly type: "answer" | "disconnect";
  readonly reason: number;
}

/** Options of {@link Publisher}. */
export interface PublisherOptions {
  readonly broker: Broker;
  readonly identity: Identity;
  readonly clientId: string;
}

/** Takes what one connection publishes. */
export class Publisher {
  readonly #broker: Broker;
  readonly #identity: Identity;
  readonly #clientId: string;
  /** Topic aliases of MQTT 5 live as long as the connection. */
  readonly #aliases = new Map<number, string>();

  constructor({ broker, identity, clientId }: PublisherOptions) {
    this.#broker = broker;
    this.#identity = identity;
    this.#clientId = clientId;
  }

  /** Routes a message, if it may be published. */
  take(packet: IPublishPacket): PublishVerdict {
    const { qos } = packet;
    if (qos === 2) return { type: "disconnect", reason: REASON.qosNotSupported };
    const topic = this.#resolveTopic(packet);
    if (typeof topic === "number") return { type: "disconnect", reason: topic };
    if (!isTopicName(topic)) return { type: "disconnect", reason: REASON.topicNameInvalid };
    const levels = topic.split("/");
    if (!mayPublish(this.#identity, levels)) {
      const isIgnored = this.#broker.settings.denyAction === "ignore";
      return { type: isIgnored ? "answer" : "disconnect", reason: REASON.notAuthorized };
    }
    const message: Message = {
      id: this.#broker.nextMessageId(),
      topic,
      levels,
      payload: copyOf(packet.payload),
      qos,
      retain: packet.retain,
      properties: forwarded(packet.properties),
      organisation: this.#identity.organisation,
      publisherId: this.#clientId,
    };
    const receivers = this.#broker.router.publish(message);
    this.#broker.ledger.accepted(message);
    return { type: "answer", reason: receivers === 0 ? REASON.noMatchingSubscribers : REASON.success };
  }

  /** The topic, or the reason why there is none. */
  #resolveTopic({ topic, properties }: IPublishPacket): string | number {
    const alias = properties?.topicAlias;
    if (alias === undefined) return topic;
    if (alias === 0) return REASON.topicAliasInvalid;
    if (topic !== "") {
      this.#aliases.set(alias, topic);
      return topic;
    }
    return this.#aliases.get(alias) ?? REASON.protocolError;
  }
}

/** The parser gives a view on what came from the socket. */
function copyOf(payload: string | Buffer): Buffer {
  return typeof payload === "string" ? Buffer.from(payload) : Buffer.copyBytesFrom(payload);
}

function forwarded(properties: IPublishPacket["properties"]): IPublishPacket["properties"] {
  if (properties === undefined) return undefined;
  const { topicAlias: _alias, subscriptionIdentifier: _identifier, ...rest } = properties;
  return rest;
}
