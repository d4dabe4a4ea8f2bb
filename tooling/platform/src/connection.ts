import type {
  IConnectPacket,
  IDisconnectPacket,
  IPublishPacket,
  ISubscribePacket,
  IUnsubscribePacket,
  Packet,
} from "mqtt-packet";
import type { Broker } from "./broker.ts";
import { connectLevel, encodePacket, PacketDecoder } from "./codec.ts";
import { FrameSplitter } from "./frames.ts";
import { type AcceptedConnect, acceptingConnack, admit, refusingConnack } from "./handshake.ts";
import { IdleTimer } from "./idle-timer.ts";
import type { Link } from "./link.ts";
import { createOutlet } from "./outlet.ts";
import { Publisher } from "./publishing.ts";
import { connackCode, REASON } from "./reason-codes.ts";
import type { Outlet, Session } from "./session.ts";
import { subscribe } from "./subscribing.ts";

/** How long a client may take to send CONNECT: EMQX's `idle_timeout`. */
const CONNECT_TIMEOUT_MS = 15_000;

type State =
  /** No CONNECT yet. */
  | { readonly type: "new"; readonly timer: IdleTimer }
  /** A fault leaves the CONNECT without an answer. */
  | { readonly type: "ignored" }
  | OpenState
  | { readonly type: "ended" };

interface OpenState {
  readonly type: "open";
  readonly accepted: AcceptedConnect;
  readonly session: Session;
  readonly outlet: Outlet;
  readonly publisher: Publisher;
  readonly keepAlive: IdleTimer | undefined;
}

/** How the broker ends a connection. */
interface End {
  /** For people who watch. */
  readonly why: string;
  /** Sent in a DISCONNECT, on MQTT 5. */
  readonly reason?: number;
  /** Cuts the TCP connection instead of closing it. */
  readonly isCut?: boolean;
  readonly isCleanShutdown?: boolean;
}

const KEEP_ALIVE_MISSED: End = { why: "keep-alive missed", reason: REASON.keepAliveTimeout };

/** Options of {@link Connection}. */
export interface ConnectionOptions {
  readonly broker: Broker;
  readonly link: Link;
  /** Whether faults concern it: it came over wss or ws. */
  readonly isApplication: boolean;
}

/** One connection of a client, from its first byte to its end. */
export class Connection {
  readonly isApplication: boolean;
  readonly link: Link;
  readonly #broker: Broker;
  readonly #splitter: FrameSplitter;
  readonly #decoder = new PacketDecoder();
  #state: State;

  constructor({ broker, link, isApplication }: ConnectionOptions) {
    this.#broker = broker;
    this.link = link;
    this.isApplication = isApplication;
    this.#splitter = new FrameSplitter(broker.settings.maxPacketSize);
    const timer = new IdleTimer(CONNECT_TIMEOUT_MS, () => this.#onIdle({ why: "no CONNECT came" }));
    this.#state = { type: "new", timer };
    broker.connections.add(this);
  }

  /** `undefined` until the client is connected. */
  get clientId(): string | undefined {
    return this.#state.type === "open" ? this.#state.session.clientId : undefined;
  }

  /** Bytes came from the client. */
  receive(bytes: Buffer): void {
    const fault = this.#splitter.push(bytes, (packet) => {
      this.#onFrame(packet);
      return this.#state.type !== "ended";
    });
    if (fault === "malformed") this.#end({ why: "malformed packet", reason: REASON.malformedPacket });
    if (fault === "too-large") this.#end({ why: "packet too large", reason: REASON.packetTooLarge });
  }

  /** The transport has ended. */
  closed(): void {
    this.#end({ why: "connection closed", isCut: true });
  }

  /** Sends bytes that need not be MQTT, if the client is connected. */
  inject(bytes: Buffer): boolean {
    if (this.#state.type !== "open") return false;
    this.link.send(bytes);
    return true;
  }

  /** Cuts the TCP connection. */
  cut(why: string): void {
    this.#end({ why, isCut: true });
  }

  /** Ends the connection as an administrator does. `false` if the client is not connected. */
  kick(): boolean {
    if (this.#state.type !== "open") return false;
    this.#end({ why: "kicked", reason: REASON.administrativeAction });
    return true;
  }

  #onFrame(frame: Buffer): void {
    const state = this.#state;
    if (state.type === "ended" || state.type === "ignored") return;
    if (state.type === "new") {
      this.#onFirstFrame(frame);
      return;
    }
    state.keepAlive?.touch();
    const packet = this.#decoder.decode(frame);
    if (packet === undefined) this.#end({ why: "malformed packet", reason: REASON.malformedPacket });
    else this.#onPacket(packet, state);
  }

  #onFirstFrame(frame: Buffer): void {
    const { faults, settings } = this.#broker;
    const level = connectLevel(frame);
    if (level === undefined) {
      this.#end({ why: "the first packet was no CONNECT" });
      return;
    }
    if (this.isApplication && faults.ignoresConnects) {
      this.#leaveNewState();
      this.#state = { type: "ignored" };
      return;
    }
    if (!settings.protocolVersions.some((version) => version === level)) {
      this.#refuse(REASON.unsupportedProtocolVersion, level >= 5 ? 5 : 4, "");
      return;
    }
    const packet = this.#decoder.decode(frame);
    if (packet?.cmd === "connect") this.#onConnect(packet);
    else this.#end({ why: "malformed CONNECT" });
  }

  #onConnect(packet: IConnectPacket): void {
    const { faults } = this.#broker;
    const admission = admit(packet, this.#broker, this.isApplication ? faults.refusal : null);
    const version = packet.protocolVersion === 5 ? 5 : 4;
    if (admission.type === "refused") this.#refuse(admission.reason, version, packet.clientId);
    else this.#accept(admission);
  }

  #refuse(reason: number, version: 4 | 5, clientId: string): void {
    const reasonCode = connackCode(reason, version);
    this.#broker.emit({ type: "connect-attempt", at: Date.now(), clientId, reasonCode });
    this.link.send(encodePacket(refusingConnack(reason, version), version));
    this.#end({ why: "refused" });
  }

  #accept(accepted: AcceptedConnect): void {
    const { sessions, settings } = this.#broker;
    const { clientId, identity, version, cleanStart, expirySeconds, keepAliveSeconds } = accepted;
    this.#leaveNewState();
    const request = { clientId, identity, protocolVersion: version, cleanStart, expirySeconds };
    const { session, isPresent } = sessions.open(request);
    const outlet = createOutlet(this.link, accepted, () =>
      this.#end({ why: "taken over", reason: REASON.sessionTakenOver }),
    );
    this.link.onDrain = () => session.pump();
    session.attach(outlet);
    this.#state = {
      type: "open",
      accepted,
      session,
      outlet,
      publisher: new Publisher({ broker: this.#broker, identity, clientId }),
      // MQTT 5, 3.1.2.10: one and a half times the keep-alive.
      keepAlive:
        keepAliveSeconds === 0
          ? undefined
          : new IdleTimer(keepAliveSeconds * 1_500, () => this.#onIdle(KEEP_ALIVE_MISSED)),
    };
    const at = Date.now();
    this.#send(acceptingConnack(accepted, isPresent, settings), version);
    this.#broker.emit({ type: "connect-attempt", at, clientId, reasonCode: REASON.success });
    this.#broker.emit({ type: "connected", at, clientId, sessionPresent: isPresent });
    session.pump();
  }

  #onPacket(packet: Packet, state: OpenState): void {
    switch (packet.cmd) {
      case "publish":
        this.#onPublish(packet, state);
        break;
      case "puback":
        state.session.acknowledge(packet.messageId ?? 0);
        break;
      case "subscribe":
        this.#onSubscribe(packet, state);
        break;
      case "unsubscribe":
        this.#onUnsubscribe(packet, state);
        break;
      case "pingreq":
        this.#send({ cmd: "pingresp" }, state.accepted.version);
        break;
      case "disconnect":
        this.#onDisconnect(packet, state);
        break;
      default:
        this.#end({ why: `unexpected ${packet.cmd.toUpperCase()}`, reason: REASON.protocolError });
    }
  }

  #onPublish(packet: IPublishPacket, { accepted, publisher }: OpenState): void {
    const { messageId = 0, qos } = packet;
    if (qos > 0 && messageId < 1) {
      this.#end({ why: "packet id 0", reason: REASON.protocolError });
      return;
    }
    const { type, reason } = publisher.take(packet);
    if (type === "disconnect") this.#end({ why: "publish refused", reason });
    else if (qos > 0) this.#send({ cmd: "puback", messageId, reasonCode: reason }, accepted.version);
  }

  #onSubscribe(packet: ISubscribePacket, { accepted, session }: OpenState): void {
    const { messageId = 0 } = packet;
    if (this.isApplication && this.#broker.faults.ignoresSubscribes) return;
    if (messageId < 1) {
      this.#end({ why: "packet id 0", reason: REASON.protocolError });
      return;
    }
    const verdict = subscribe(packet, session, this.#broker);
    // MQTT 3.1.1 knows one code for every refusal.
    const reasonCodes = verdict.codes.map((code) =>
      accepted.version === 4 && code > 2 ? REASON.unspecified : code,
    );
    const filters = packet.subscriptions.map(({ topic }) => topic);
    this.#broker.emit({
      type: "subscribed",
      at: Date.now(),
      clientId: session.clientId,
      filters,
      reasonCodes,
    });
    if (verdict.type === "disconnect") {
      this.#end({ why: "subscription refused", reason: verdict.reason });
      return;
    }
    this.#send({ cmd: "suback", messageId, granted: reasonCodes }, accepted.version);
    for (const subscription of verdict.retainedFor) this.#broker.router.sendRetained(subscription);
  }

  #onUnsubscribe(
    { messageId = 0, unsubscriptions }: IUnsubscribePacket,
    { accepted, session }: OpenState,
  ): void {
    const { subscriptions } = this.#broker.router;
    const granted = unsubscriptions.map((filter) =>
      subscriptions.remove(session, filter) ? REASON.success : REASON.noSubscriptionExisted,
    );
    this.#send({ cmd: "unsuback", messageId, granted }, accepted.version);
  }

  #onDisconnect({ reasonCode = 0, properties }: IDisconnectPacket, { accepted, session }: OpenState): void {
    const expiry = accepted.version === 5 ? properties?.sessionExpiryInterval : undefined;
    if (expiry !== undefined) {
      if (expiry > 0 && session.expirySeconds === 0) {
        // MQTT 5, 3.14.2.2.2: a session that was to end cannot be kept afterwards.
        this.#end({ why: "expiry raised from 0", reason: REASON.protocolError });
        return;
      }
      session.expirySeconds = Math.min(expiry, this.#broker.settings.maxSessionExpirySeconds);
    }
    const isCleanShutdown = reasonCode === REASON.success;
    const why = isCleanShutdown
      ? "client disconnected"
      : `client disconnected with 0x${reasonCode.toString(16)}`;
    this.#end({ why, isCleanShutdown });
  }

  #onIdle(end: End): void {
    // A client that was silenced by a fault cannot be heard.
    if (!this.link.isSilent) this.#end(end);
  }

  #send(packet: Packet, version: 4 | 5): void {
    this.link.send(encodePacket(packet, version));
  }

  #leaveNewState(): void {
    if (this.#state.type === "new") this.#state.timer.stop();
  }

  #end({ why, reason, isCut = false, isCleanShutdown = false }: End): void {
    const state = this.#state;
    if (state.type === "ended") return;
    this.#leaveNewState();
    this.#state = { type: "ended" };
    this.#broker.connections.delete(this);
    const isOpen = state.type === "open";
    if (isOpen) state.keepAlive?.stop();
    if (isOpen && reason !== undefined && state.accepted.version === 5) {
      this.#send({ cmd: "disconnect", reasonCode: reason }, 5);
    }
    if (isCut) this.link.destroy();
    else this.link.end();
    if (!isOpen) return;
    const { clientId, outlet } = state.session;
    if (outlet === state.outlet) this.#broker.sessions.disconnected(state.session, { isCleanShutdown });
    this.#broker.emit({ type: "disconnected", at: Date.now(), clientId, reason: why });
  }
}
