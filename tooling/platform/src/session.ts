import { Fifo } from "./fifo.ts";
import type { Identity } from "./identity.ts";
import type { LedgerWriter } from "./ledger.ts";
import type { Message } from "./message.ts";
import type { Subscription } from "./subscriptions.ts";

/** A message on its way to one client. */
export interface Delivery {
  readonly message: Message;
  readonly qos: 0 | 1;
  readonly retain: boolean;
  readonly subscriptionIdentifier: number | undefined;
  /** The shared subscription it came by: the other members may get it instead. */
  readonly sharedFilter: string | undefined;
}

/** Where a session's messages leave: the connection that the client has at the moment. */
export interface Outlet {
  /** How many QoS 1 messages may be unacknowledged. */
  readonly window: number;
  /** Whether the network takes less than is sent. */
  readonly isCongested: boolean;
  /** Sends a PUBLISH; `false` if it is larger than the client takes. */
  publish(delivery: Delivery, packet: { readonly packetId: number; readonly isResent: boolean }): boolean;
  /** The client has come back over another connection: this one ends. */
  takeOver(): void;
}

interface Inflight {
  readonly delivery: Delivery;
  /** The connection that it was sent over last. */
  outlet: Outlet;
}

/** Options of {@link Session}. */
export interface SessionOptions {
  readonly clientId: string;
  readonly identity: Identity;
  readonly maxQueue: number;
  readonly ledger: LedgerWriter;
}

/** The highest packet id (MQTT 5, 2.2.1). */
const MAX_PACKET_ID = 65_535;

/**
 * What the broker keeps for a client across its connections: subscriptions, the in-flight window and the queue behind
 * it. Nothing is sent again inside a connection; after a reconnect the unacknowledged messages go first, in order,
 * under their original packet ids.
 */
export class Session {
  readonly clientId: string;
  readonly identity: Identity;
  /** By the filter's text. */
  readonly subscriptions: Map<string, Subscription> = new Map();
  protocolVersion: 4 | 5 = 5;
  /** How long the session outlives its connection. */
  expirySeconds = 0;
  expiryTimer: NodeJS.Timeout | undefined;
  readonly #maxQueue: number;
  readonly #ledger: LedgerWriter;
  /** In the order of their first sending. */
  readonly #inflight = new Map<number, Inflight>();
  readonly #queue = new Fifo<Delivery>();
  /** How many of the queue are at QoS 0. */
  #queuedQos0 = 0;
  #resend = new Fifo<number>();
  /** Sent over this connection and not acknowledged. */
  #unacknowledged = 0;
  #outlet: Outlet | undefined;
  #lastPacketId = 0;

  constructor({ clientId, identity, maxQueue, ledger }: SessionOptions) {
    this.clientId = clientId;
    this.identity = identity;
    this.#maxQueue = maxQueue;
    this.#ledger = ledger;
  }

  get outlet(): Outlet | undefined {
    return this.#outlet;
  }

  get inflightCount(): number {
    return this.#inflight.size;
  }

  get queuedCount(): number {
    return this.#queue.length;
  }

  /** The client is connected. Call `pump()` when it has its CONNACK. */
  attach(outlet: Outlet): void {
    this.#outlet = outlet;
    this.#unacknowledged = 0;
    this.#resend = new Fifo();
    for (const packetId of this.#inflight.keys()) this.#resend.push(packetId);
  }

  /** The client is away. */
  detach(): void {
    this.#outlet = undefined;
  }

  /** Sends a message, or keeps it until there is room. */
  deliver(delivery: Delivery): void {
    const outlet = this.#outlet;
    if (outlet === undefined || outlet.isCongested || !this.#isNext(delivery, outlet))
      this.#enqueue(delivery);
    else this.#send(delivery, outlet);
  }

  /** The client has acknowledged; an unknown packet id means nothing. */
  acknowledge(packetId: number): void {
    const inflight = this.#inflight.get(packetId);
    if (inflight === undefined) return;
    this.#inflight.delete(packetId);
    if (inflight.outlet === this.#outlet) this.#unacknowledged -= 1;
    this.#ledger.note("acknowledged", this.clientId, inflight.delivery.message);
    this.pump();
  }

  /** Sends what the window and the network have room for. */
  pump(): void {
    for (;;) {
      const outlet = this.#outlet;
      if (outlet === undefined || outlet.isCongested || !this.#sendOldest(outlet)) return;
    }
  }

  /** Takes out all that was not acknowledged, in order: the session is over. */
  takeAll(): Delivery[] {
    const unacknowledged = [...this.#inflight.values()].map(({ delivery }) => delivery);
    this.#inflight.clear();
    this.#queuedQos0 = 0;
    return [...unacknowledged, ...this.#queue.takeAll()];
  }

  /** Whether it may be sent before what is queued. QoS 0 passes QoS 1 messages that wait for acknowledgements. */
  #isNext({ qos }: Delivery, outlet: Outlet): boolean {
    if (qos === 0) return this.#queuedQos0 === 0;
    return this.#queue.length === 0 && this.#resend.length === 0 && this.#unacknowledged < outlet.window;
  }

  #enqueue(delivery: Delivery): void {
    this.#ledger.note("queued", this.clientId, delivery.message);
    this.#queue.push(delivery);
    if (delivery.qos === 0) this.#queuedQos0 += 1;
    if (this.#queue.length <= this.#maxQueue) return;
    const oldest = this.#dequeue();
    if (oldest !== undefined) this.#ledger.note("dropped", this.clientId, oldest.message, "overflow");
  }

  #dequeue(): Delivery | undefined {
    const delivery = this.#queue.shift();
    if (delivery?.qos === 0) this.#queuedQos0 -= 1;
    return delivery;
  }

  #sendOldest(outlet: Outlet): boolean {
    const hasRoom = this.#unacknowledged < outlet.window;
    if (this.#resend.length > 0) {
      if (hasRoom) this.#sendAgain(outlet);
      return hasRoom;
    }
    const next = this.#queue.peek();
    if (next === undefined || (next.qos === 1 && !hasRoom)) return false;
    this.#dequeue();
    this.#send(next, outlet);
    return true;
  }

  #sendAgain(outlet: Outlet): void {
    const packetId = this.#resend.shift() ?? 0;
    const inflight = this.#inflight.get(packetId);
    // Acknowledged since the client came back.
    if (inflight === undefined) return;
    inflight.outlet = outlet;
    this.#transmit(inflight.delivery, outlet, { packetId, isResent: true });
  }

  #send(delivery: Delivery, outlet: Outlet): void {
    const packetId = delivery.qos === 0 ? 0 : this.#nextPacketId();
    if (packetId > 0) this.#inflight.set(packetId, { delivery, outlet });
    this.#transmit(delivery, outlet, { packetId, isResent: false });
  }

  #transmit(delivery: Delivery, outlet: Outlet, packet: { packetId: number; isResent: boolean }): void {
    if (!outlet.publish(delivery, packet)) {
      // MQTT 5, 3.1.2.11.4: as if it had been sent.
      this.#inflight.delete(packet.packetId);
      this.#ledger.note("dropped", this.clientId, delivery.message, "too-large");
      return;
    }
    if (packet.packetId > 0) this.#unacknowledged += 1;
    this.#ledger.note(packet.isResent ? "resent" : "sent", this.clientId, delivery.message);
  }

  #nextPacketId(): number {
    do {
      this.#lastPacketId = (this.#lastPacketId % MAX_PACKET_ID) + 1;
    } while (this.#inflight.has(this.#lastPacketId));
    return this.#lastPacketId;
  }
}
