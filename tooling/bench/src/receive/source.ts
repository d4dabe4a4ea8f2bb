/**
 * The process that plays the broker: it answers CONNECT, SUBSCRIBE and PINGREQ, sends messages that were encoded
 * beforehand, and counts PUBACKs. It does as little as it can for a message, so that the receiver is what is measured.
 */
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { generate, type Packet, parser } from "mqtt-packet";
import { type WebSocket, WebSocketServer } from "ws";
import { Feed } from "./feed.ts";
import { type EncodedMessages, encodeMessages } from "./messages.ts";
import type { FeedOutcome, FeedPlan, FromSource, Pace, ToSource } from "./protocol.ts";
import { readPubacks } from "./pubacks.ts";
import { inTicks, type Schedule, scattered } from "./schedule.ts";

/** The longest nap at a steady rate, in milliseconds: PUBACKs and PINGREQs are looked at in between. */
const MAX_NAP_MS = 0.5;

const encoded = new Map<4 | 5, EncodedMessages>();
const napping = new Int32Array(new SharedArrayBuffer(4));
let plan: FeedPlan | undefined;
let latest: { readonly outcome: FeedOutcome } | undefined;

process.on("message", (message: ToSource) => {
  if (message.type === "listen") listen(message.key, message.certificate);
  else if (message.type === "prepare") {
    plan = message.plan;
    latest = undefined;
    messagesFor(message.protocolVersion);
    tell({ type: "prepared" });
  } else {
    const outcome = latest?.outcome ?? { sent: 0, acknowledged: 0, sum: 0, faults: ["nobody subscribed"] };
    tell({ type: "reported", outcome });
  }
});
// The bench has ended, in whatever way: nobody needs this process any more.
process.on("disconnect", () => process.exit());

function tell(message: FromSource): void {
  process.send?.(message);
}

function messagesFor(protocolVersion: 4 | 5): EncodedMessages {
  const messages = encoded.get(protocolVersion) ?? encodeMessages(protocolVersion);
  encoded.set(protocolVersion, messages);
  return messages;
}

function listen(key: string, certificate: string): void {
  const server = createServer({ key, cert: certificate });
  const sockets = new WebSocketServer({ server, handleProtocols: () => "mqtt", perMessageDeflate: false });
  sockets.on("connection", (socket) => serve(socket));
  server.listen(0, "127.0.0.1", () => {
    tell({ type: "listening", port: (server.address() as AddressInfo).port });
  });
}

function scheduleOf(pace: Pace | null): Schedule | undefined {
  if (pace === null) return undefined;
  return pace.arrival === "ticks" ? inTicks(pace.ratePerSecond) : scattered(pace.ratePerSecond, Math.random);
}

function serve(socket: WebSocket): void {
  let protocolVersion: 4 | 5 = 4;
  let feeding: Feeding | undefined;
  const packets = parser();
  const answer = (packet: Packet) => socket.send(generate(packet, { protocolVersion }));
  packets.on("packet", (packet) => {
    switch (packet.cmd) {
      case "connect":
        protocolVersion = packet.protocolVersion === 5 ? 5 : 4;
        answer({ cmd: "connack", sessionPresent: false, returnCode: 0, reasonCode: 0 });
        break;
      case "subscribe":
        answer({
          cmd: "suback",
          messageId: packet.messageId ?? 0,
          granted: packet.subscriptions.map(() => 1),
        });
        if (plan !== undefined) feeding = new Feeding(socket, plan, messagesFor(protocolVersion));
        break;
      case "puback":
        feeding?.acknowledged(packet.messageId ?? 0);
        break;
      case "pingreq":
        answer({ cmd: "pingresp" });
        break;
      default:
        break;
    }
  });
  /** Bytes of a packet that has not come whole. */
  let incomplete = 0;
  socket.on("message", (data: Buffer) => {
    const rest = incomplete === 0 ? readPubacks(data, (id) => feeding?.acknowledged(id)) : data;
    if (rest.length > 0) incomplete = packets.parse(rest);
  });
  // A receiver that leaves may do so as it likes; what it took is compared afterwards.
  socket.on("error", () => {});
  socket.on("close", () => feeding?.stop());
}

/** Feeds one connection: at full speed once for each turn of the event loop that brought PUBACKs, else by the clock. */
class Feeding {
  readonly #socket: WebSocket;
  readonly #feed: Feed;
  #nextTurn: NodeJS.Immediate | undefined;
  #isStopped = false;

  constructor(socket: WebSocket, feedPlan: FeedPlan, messages: EncodedMessages) {
    this.#socket = socket;
    const schedule = scheduleOf(feedPlan.pace);
    this.#feed = new Feed({ plan: feedPlan, messages, schedule, send: (frame) => socket.send(frame) });
    latest = this.#feed;
    this.#nextTurn = setImmediate(() => this.#turn());
  }

  acknowledged(packetId: number): void {
    this.#feed.acknowledged(packetId);
    if (!this.#isStopped) this.#nextTurn ??= setImmediate(() => this.#turn());
  }

  stop(): void {
    this.#isStopped = true;
    clearImmediate(this.#nextTurn);
  }

  #turn(): void {
    this.#nextTurn = undefined;
    if (this.#isStopped || this.#feed.isDone || this.#socket.readyState !== this.#socket.OPEN) return;
    this.#feed.pump(performance.now());
    const dueMs = this.#feed.nextDueMs(performance.now());
    if (dueMs === undefined) return;
    // Timers of Node are a millisecond apart at the least, and late.
    const napMs = Math.min(dueMs - performance.now(), MAX_NAP_MS);
    if (napMs > 0) Atomics.wait(napping, 0, 0, napMs);
    this.#nextTurn = setImmediate(() => this.#turn());
  }
}
