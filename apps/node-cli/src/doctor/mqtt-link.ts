import { generate, type Packet, parser } from "mqtt-packet";
import type { RawData, WebSocket } from "ws";

/** How long a goodbye may take before the connection is cut. */
const CLOSE_TIMEOUT_MS = 1_000;
/** The doctor looks at a handful of messages; more than these are acknowledged and dropped. */
const MAX_WAITING_PACKETS = 1_000;

/** What comes in: a packet, or the end of the connection, after which nothing comes. */
export type LinkEvent =
  | { readonly type: "packet"; readonly packet: Packet; readonly receivedAt: number }
  /** `code` is the WebSocket's close code (RFC 6455, 7.4); 1006 is an end without a close frame. */
  | { readonly type: "closed"; readonly code: number }
  | { readonly type: "malformed"; readonly problem: string };

/** MQTT packets over a WebSocket, one at a time. */
export interface MqttLink {
  readonly protocolVersion: 4 | 5;
  send(packet: Packet): void;
  /** The next packet of one of these kinds, or the end. Those of other kinds wait for whoever asks for them. */
  next(kinds: readonly Packet["cmd"][], signal: AbortSignal): Promise<LinkEvent>;
  /** Sends a PINGREQ in this interval, in seconds, until the end. 0 sends none. */
  keepAlive(seconds: number): void;
  /** Says DISCONNECT and closes; cuts the connection when the broker does not follow in time. Never rejects. */
  close(): Promise<void>;
}

/** Puts MQTT on an open WebSocket. QoS 1 messages are acknowledged as they come. */
export function createMqttLink(socket: WebSocket, protocolVersion: 4 | 5): MqttLink {
  const waiting: LinkEvent[] = [];
  const wakers = new Set<() => void>();
  let end: LinkEvent | undefined;
  let pings: NodeJS.Timeout | undefined;

  const wake = () => {
    for (const waker of wakers) waker();
  };
  const finish = (event: LinkEvent) => {
    end ??= event;
    clearInterval(pings);
    wake();
  };
  const send = (packet: Packet) => {
    if (socket.readyState === socket.OPEN) socket.send(generate(packet, { protocolVersion }));
  };
  const incoming = parser({ protocolVersion });
  incoming.on("packet", (packet) => {
    if (packet.cmd === "publish" && packet.qos === 1) send(acknowledgementOf(packet.messageId));
    if (waiting.length < MAX_WAITING_PACKETS)
      waiting.push({ type: "packet", packet, receivedAt: Date.now() });
    wake();
  });
  incoming.on("error", (error: Error) => finish({ type: "malformed", problem: error.message }));
  socket.on("message", (data) => {
    if (end === undefined) parse(data);
  });
  // After "close" comes nothing more. An "error" says less than the "close" that follows it.
  socket.on("error", () => {});
  socket.once("close", (code) => finish({ type: "closed", code }));
  if (socket.readyState !== socket.OPEN) finish({ type: "closed", code: 1006 });

  function parse(data: RawData): void {
    try {
      incoming.parse(toBuffer(data));
    } catch (error) {
      // mqtt-packet throws a RangeError on some packets that are cut short.
      finish({ type: "malformed", problem: error instanceof Error ? error.message : String(error) });
    }
  }

  function take(kinds: readonly Packet["cmd"][]): LinkEvent | undefined {
    const index = waiting.findIndex((event) => event.type === "packet" && kinds.includes(event.packet.cmd));
    return index === -1 ? end : waiting.splice(index, 1)[0];
  }

  return {
    protocolVersion,
    send,
    next: (kinds, signal) =>
      new Promise((resolve, reject) => {
        const settle = () => {
          wakers.delete(look);
          signal.removeEventListener("abort", onAbort);
        };
        const onAbort = () => {
          settle();
          reject(signal.reason);
        };
        const look = () => {
          const event = take(kinds);
          if (event === undefined) return;
          settle();
          resolve(event);
        };
        if (signal.aborted) {
          reject(signal.reason);
          return;
        }
        signal.addEventListener("abort", onAbort, { once: true });
        wakers.add(look);
        look();
      }),
    keepAlive(seconds) {
      clearInterval(pings);
      if (seconds > 0) pings = setInterval(() => send({ cmd: "pingreq" }), (seconds * 1_000) / 2);
    },
    close: () =>
      new Promise((resolve) => {
        clearInterval(pings);
        if (socket.readyState === socket.CLOSED) {
          resolve();
          return;
        }
        const timer = setTimeout(() => socket.terminate(), CLOSE_TIMEOUT_MS);
        socket.once("close", () => {
          clearTimeout(timer);
          resolve();
        });
        // Whoever does not speak MQTT would not understand the goodbye.
        if (end !== undefined) {
          socket.terminate();
          return;
        }
        send({ cmd: "disconnect" });
        socket.close(1000);
      }),
  };
}

function acknowledgementOf(messageId: number | undefined): Packet {
  return messageId === undefined ? { cmd: "puback" } : { cmd: "puback", messageId };
}

function toBuffer(data: RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data);
  return data instanceof ArrayBuffer ? Buffer.from(data) : data;
}
