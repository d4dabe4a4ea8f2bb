import { readFileSync } from "node:fs";
import {
  generate,
  type IConnackPacket,
  type IConnectPacket,
  type IDisconnectPacket,
  type IPubackPacket,
  type IPublishPacket,
  type ISubackPacket,
  type ISubscribePacket,
  type ISubscription,
  type IUnsubackPacket,
  type Packet,
  type PacketCmd,
  parser,
  type QoS,
} from "mqtt-packet";
import { PacketInbox } from "./packet-inbox.ts";
import { openTransport, type Transport } from "./test-transport.ts";

/** Options of {@link TestClient}. */
export interface TestClientOptions {
  /** `wss:`, `ws:`, `mqtts:` or `mqtt:`. */
  readonly url: string;
  /** A PEM file of the CA to trust, or `ca`, its text. @default the system's */
  readonly caPath?: string | undefined;
  readonly ca?: string | undefined;
  /** @default 5 */
  readonly protocolVersion?: 4 | 5;
  /** The WebSocket subprotocol to ask for; `null` asks for none. @default "mqtt" */
  readonly subprotocol?: string | null;
}

/** What CONNECT carries; what is left out is not sent. */
export interface ConnectOptions {
  /** @default "" */
  readonly clientId?: string;
  readonly username?: string;
  readonly password?: string;
  /** @default true */
  readonly clean?: boolean;
  /** In seconds; 0 is none. @default 0 */
  readonly keepAliveSeconds?: number;
  readonly will?: IConnectPacket["will"];
  /** MQTT 5 only. */
  readonly properties?: IConnectPacket["properties"];
}

/** How a connection ended. */
export interface Closing {
  /** The WebSocket close code; `undefined` without a WebSocket. */
  readonly code: number | undefined;
  /** The DISCONNECT that the broker sent before, if it did. */
  readonly disconnect: IDisconnectPacket | undefined;
}

/** How long an answer may take before a test has failed. */
const ANSWER_TIMEOUT_MS = 5_000;

type PacketOf<C extends PacketCmd> = Extract<Packet, { cmd: C }>;

/**
 * An MQTT client that does nothing by itself: no PUBACK, no PINGREQ, no reconnect. Tests see each packet of the broker
 * and decide about each answer.
 *
 * @example
 * const client = new TestClient({ url: platform.urls.wss, caPath: platform.caCertPath, protocolVersion: 5 });
 * await client.connect({ username: token, password: token });
 * await client.subscribe("device/+/telemetry/#");
 * const publish = await client.next("publish");
 * client.puback(publish);
 */
export class TestClient implements AsyncDisposable {
  readonly protocolVersion: 4 | 5;
  /** Fulfils when the connection has ended, in whatever way. */
  readonly closed: Promise<Closing>;
  /** Each packet that came, in order, those that `next()` has handed out too. */
  readonly received: Packet[] = [];
  readonly #options: TestClientOptions;
  readonly #inbox = new PacketInbox();
  #resolveClosed: (closing: Closing) => void = () => {};
  #transport: Transport | undefined;
  #closing: Closing | undefined;
  #lastId = 0;

  constructor(options: TestClientOptions) {
    this.#options = options;
    this.protocolVersion = options.protocolVersion ?? 5;
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
  }

  /** How the connection ended; `undefined` while it lasts. */
  get closing(): Closing | undefined {
    return this.#closing;
  }

  /** Opens the transport alone: TCP, TLS, WebSocket. @throws what it failed with */
  async open(): Promise<void> {
    const { url, caPath, ca, subprotocol } = this.#options;
    const packets = parser({ protocolVersion: this.protocolVersion });
    packets.on("packet", (packet) => this.#onPacket(packet));
    packets.on("error", (error: Error) =>
      this.#inbox.fail(new Error(`The broker sent no MQTT: ${error.message}`)),
    );
    this.#transport = await openTransport({
      url,
      ca: ca ?? (caPath === undefined ? undefined : readFileSync(caPath, "utf8")),
      subprotocol,
      onBytes: (bytes) => void packets.parse(bytes),
      onClose: (code) => this.#onClose(code),
    });
  }

  /** Opens the transport if that was not done, sends CONNECT and gives the CONNACK, a refusing one too. */
  async connect(options: ConnectOptions = {}): Promise<IConnackPacket> {
    if (this.#transport === undefined) await this.open();
    this.sendConnect(options);
    return this.next("connack", 10_000);
  }

  /** Sends CONNECT and waits for nothing. */
  sendConnect(options: ConnectOptions = {}): void {
    const {
      clientId = "",
      username,
      password,
      clean = true,
      keepAliveSeconds = 0,
      will,
      properties,
    } = options;
    this.send({
      cmd: "connect",
      protocolId: "MQTT",
      protocolVersion: this.protocolVersion,
      clientId,
      clean,
      keepalive: keepAliveSeconds,
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password: Buffer.from(password) }),
      ...(will === undefined ? {} : { will }),
      ...(properties === undefined ? {} : { properties }),
    });
  }

  /** Subscribes, at QoS 1 where a filter stands alone, and gives the SUBACK, a refusing one too. */
  subscribe(
    filters: string | readonly (string | ISubscription)[],
    properties?: ISubscribePacket["properties"],
  ): Promise<ISubackPacket> {
    const messageId = this.sendSubscribe(filters, properties);
    return this.next(
      (packet): packet is ISubackPacket => packet.cmd === "suback" && packet.messageId === messageId,
    );
  }

  /** Sends SUBSCRIBE and waits for nothing. Gives its packet id. */
  sendSubscribe(
    filters: string | readonly (string | ISubscription)[],
    properties?: ISubscribePacket["properties"],
  ): number {
    const list = typeof filters === "string" ? [filters] : filters;
    const messageId = this.#nextId();
    this.send({
      cmd: "subscribe",
      messageId,
      subscriptions: list.map((item) => (typeof item === "string" ? { topic: item, qos: 1 } : item)),
      ...(properties === undefined ? {} : { properties }),
    });
    return messageId;
  }

  unsubscribe(...filters: readonly string[]): Promise<IUnsubackPacket> {
    const messageId = this.#nextId();
    this.send({ cmd: "unsubscribe", messageId, unsubscriptions: [...filters] });
    return this.next(
      (packet): packet is IUnsubackPacket => packet.cmd === "unsuback" && packet.messageId === messageId,
    );
  }

  /** Publishes at QoS 1 and gives the PUBACK, a refusing one too. */
  publish(
    topic: string,
    payload: string | Uint8Array,
    options: { readonly retain?: boolean; readonly properties?: IPublishPacket["properties"] } = {},
  ): Promise<IPubackPacket> {
    const messageId = this.sendPublish(topic, payload, { ...options, qos: 1 });
    return this.next(
      (packet): packet is IPubackPacket => packet.cmd === "puback" && packet.messageId === messageId,
    );
  }

  /** Sends PUBLISH and waits for nothing. Gives its packet id, 0 at QoS 0. */
  sendPublish(
    topic: string,
    payload: string | Uint8Array,
    options: {
      readonly qos?: QoS;
      readonly retain?: boolean;
      readonly properties?: IPublishPacket["properties"];
    } = {},
  ): number {
    const { qos = 0, retain = false, properties } = options;
    const messageId = qos === 0 ? 0 : this.#nextId();
    this.send({
      cmd: "publish",
      topic,
      payload: Buffer.from(payload as Uint8Array),
      qos,
      retain,
      dup: false,
      messageId,
      ...(properties === undefined ? {} : { properties }),
    });
    return messageId;
  }

  /** Acknowledges a PUBLISH by its packet or its packet id. */
  puback(publish: { readonly messageId?: number } | number, reasonCode = 0): void {
    const messageId = typeof publish === "number" ? publish : (publish.messageId ?? 0);
    this.send({ cmd: "puback", messageId, reasonCode });
  }

  /** Sends PINGREQ and waits for the PINGRESP. */
  async ping(timeoutMs: number = ANSWER_TIMEOUT_MS): Promise<void> {
    this.send({ cmd: "pingreq" });
    await this.next("pingresp", timeoutMs);
  }

  /**
   * The oldest packet not handed out yet that fits, waiting for it if need be.
   * @throws Error when none came in time or the connection ended before
   */
  next<C extends PacketCmd>(match: C, timeoutMs?: number): Promise<PacketOf<C>>;
  next<P extends Packet>(match: (packet: Packet) => packet is P, timeoutMs?: number): Promise<P>;
  next(match: (packet: Packet) => boolean, timeoutMs?: number): Promise<Packet>;
  next(match: PacketCmd | ((packet: Packet) => boolean), timeoutMs = ANSWER_TIMEOUT_MS): Promise<Packet> {
    const fits = typeof match === "string" ? (packet: Packet) => packet.cmd === match : match;
    const wanted = typeof match === "string" ? match : "packet that fits";
    return this.#inbox.take(fits, wanted, timeoutMs);
  }

  /** The next `count` PUBLISH packets. */
  async nextPublishes(count: number, timeoutMs: number = ANSWER_TIMEOUT_MS): Promise<IPublishPacket[]> {
    const publishes: IPublishPacket[] = [];
    while (publishes.length < count) publishes.push(await this.next("publish", timeoutMs));
    return publishes;
  }

  /**
   * Whether no packet of this kind is waiting or comes within the time.
   * @throws Error when the connection ended meanwhile
   */
  async isQuiet(cmd: PacketCmd, withinMs: number): Promise<boolean> {
    const packet = await this.#inbox
      .take((candidate) => candidate.cmd === cmd, cmd, withinMs)
      .catch((error: unknown) => {
        if (this.#closing !== undefined) throw error;
        return undefined;
      });
    return packet === undefined;
  }

  /** Sends DISCONNECT and ends the connection. Reason code and properties count on MQTT 5 only. */
  async disconnect(
    options: { readonly reasonCode?: number; readonly properties?: IDisconnectPacket["properties"] } = {},
  ): Promise<Closing> {
    const { reasonCode = 0, properties } = options;
    this.send({ cmd: "disconnect", reasonCode, ...(properties === undefined ? {} : { properties }) });
    return this.close();
  }

  /** Ends the transport without DISCONNECT. Fulfils when it has ended; may be called at any time. */
  async close(): Promise<Closing> {
    if (this.#transport === undefined) return { code: undefined, disconnect: undefined };
    this.#transport.resume();
    this.#transport.end();
    return this.closed;
  }

  /** Cuts the TCP connection, as a network does. */
  async cut(): Promise<Closing> {
    this.#transport?.destroy();
    return this.closed;
  }

  /** Stops reading from the socket, as a client that hangs. */
  pause(): void {
    this.#transport?.pause();
  }

  resume(): void {
    this.#transport?.resume();
  }

  /** Sends any packet, in one WebSocket frame. */
  send(packet: Packet): void {
    this.write(generate(packet, { protocolVersion: this.protocolVersion }));
  }

  /** Sends these bytes, in one WebSocket frame. */
  write(bytes: Uint8Array): void {
    if (this.#transport === undefined)
      throw new Error("The test client is not open: call open() or connect() first.");
    this.#transport.write(bytes);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#transport === undefined) return;
    this.#transport.destroy();
    await this.closed;
  }

  #nextId(): number {
    this.#lastId = (this.#lastId % 65_535) + 1;
    return this.#lastId;
  }

  #onPacket(packet: Packet): void {
    this.received.push(packet);
    this.#inbox.push(packet);
  }

  #onClose(code: number | undefined): void {
    const disconnect = this.received.find(
      (packet): packet is IDisconnectPacket => packet.cmd === "disconnect",
    );
    this.#closing = { code, disconnect };
    const reason =
      disconnect === undefined ? "no DISCONNECT" : `DISCONNECT 0x${disconnect.reasonCode?.toString(16)}`;
    this.#inbox.fail(new Error(`The broker ended the connection (close code ${code ?? "none"}, ${reason}).`));
    this.#resolveClosed(this.#closing);
  }
}
