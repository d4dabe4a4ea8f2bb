import mqtt, {
  type IConnackPacket,
  type IDisconnectPacket,
  type IPublishPacket,
  type MqttClient,
} from "mqtt";
import { createWebSocketStream, type WebSocket } from "ws";
import { TesaError } from "../errors.ts";
import type { Connection, ConnectionEnd, ConnectRequest, Publish, Transport } from "../transport.ts";
import { connackError, disconnectError } from "./reasons.ts";
import { silenceDebug } from "./silence-debug.ts";
import { openWebSocket } from "./web-socket.ts";

/** How long a goodbye may take before the connection is cut. */
const DISCONNECT_TIMEOUT_MS = 2_000;
/** MQTT 5, 3.8.3.1: retained messages come only for a subscription that did not exist before. */
const RETAIN_ON_NEW_SUBSCRIPTION = 1;

/** Options of {@link createMqttTransport}. */
export interface MqttTransportOptions {
  /** PEM text of the certificates to trust instead of the system's: the contents of `CA_CERT_PATH`. */
  readonly caCertificates?: string | undefined;
}

/**
 * A transport on the mqtt package, over a WebSocket of the `ws` package: Node, Bun and Deno.
 *
 * mqtt.js takes one QoS 1 message at a time and sends its PUBACK when it has been acknowledged here.
 */
export function createMqttTransport({ caCertificates }: MqttTransportOptions = {}): Transport {
  return {
    async connect(request, signal) {
      silenceDebug();
      const startedAt = Date.now();
      const socket = await openWebSocket({
        url: request.url,
        caCertificates,
        timeoutMs: request.timeoutMs,
        signal,
      });
      const timeLeftMs = Math.max(1, request.timeoutMs - (Date.now() - startedAt));
      return await new MqttConnection(socket, request, timeLeftMs).accepted(signal);
    },
  };
}

class MqttConnection implements Connection {
  readonly ended: Promise<ConnectionEnd>;
  readonly #client: MqttClient;
  readonly #socket: WebSocket;
  readonly #request: ConnectRequest;
  readonly #timeoutMs: number;
  /** mqtt.js sends the PUBACK of a message when the function kept here is called. */
  readonly #unacknowledged = new Map<number, () => void>();
  #sessionPresent = false;
  #hasEnded = false;
  /** The first reason that was given for the end; a close without one is a lost connection. */
  #reason: TesaError | undefined;

  constructor(socket: WebSocket, request: ConnectRequest, timeoutMs: number) {
    this.#socket = socket;
    this.#request = request;
    this.#timeoutMs = timeoutMs;
    this.#client = new mqtt.MqttClient(() => createWebSocketStream(socket), clientOptions(request));
    this.#client.handleMessage = (packet, callback) => this.#onPublish(packet, () => callback());
    this.#client.on("disconnect", ({ reasonCode = 0 }: IDisconnectPacket) => {
      this.#reason ??= disconnectError(reasonCode);
    });
    this.#client.on("error", (error) => {
      this.#reason ??= clientError(error);
      this.destroy();
    });
    this.ended = new Promise((resolve) => {
      socket.once("close", (closeCode) => {
        this.#hasEnded = true;
        this.#client.end(true);
        // mqtt.js goes on with what it had parsed already; the broker will send it again.
        for (const proceed of this.#unacknowledged.values()) proceed();
        this.#unacknowledged.clear();
        resolve({ error: this.#reason ?? lost(closeCode), closeCode });
      });
    });
  }

  get sessionPresent(): boolean {
    return this.#sessionPresent;
  }

  /** Waits for the CONNACK. */
  async accepted(signal: AbortSignal): Promise<this> {
    return await new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#reason ??= new TesaError(
          "connect-timeout",
          `The broker took the WebSocket but did not answer CONNECT within ${this.#request.timeoutMs / 1_000} s.`,
          { retryable: true },
        );
        this.destroy();
      }, this.#timeoutMs);
      const onAbort = () => this.destroy();
      const settle = (conclude: () => void) => {
        clearTimeout(timer);
        signal.removeEventListener("abort", onAbort);
        conclude();
      };
      signal.addEventListener("abort", onAbort, { once: true });
      this.#client.once("connect", (packet: IConnackPacket) => {
        this.#sessionPresent = packet.sessionPresent;
        settle(() => resolve(this));
      });
      this.ended.then(({ error }) => settle(() => reject(error)));
    });
  }

  async subscribe(filters: readonly string[], signal: AbortSignal): Promise<readonly number[]> {
    return await this.#answer(signal, (resolve, reject) => {
      this.#client.subscribe([...filters], { qos: 1, rh: RETAIN_ON_NEW_SUBSCRIPTION }, (error, _, packet) => {
        // A refused filter is an error to mqtt.js, and an answer to us.
        if (packet !== undefined) resolve(packet.granted.map(Number));
        else reject(error);
      });
    });
  }

  async unsubscribe(filters: readonly string[], signal: AbortSignal): Promise<void> {
    await this.#answer<void>(signal, (resolve, reject) => {
      this.#client.unsubscribe([...filters], (error) => (error ? reject(error) : resolve()));
    });
  }

  acknowledge(messages: Iterable<Publish>): void {
    for (const { packetId } of messages) {
      if (packetId === undefined) continue;
      const proceed = this.#unacknowledged.get(packetId);
      this.#unacknowledged.delete(packetId);
      proceed?.();
    }
  }

  async disconnect({ sessionExpirySeconds }: { readonly sessionExpirySeconds: number }): Promise<void> {
    const properties =
      this.#request.protocolVersion === 5 ? { sessionExpiryInterval: sessionExpirySeconds } : {};
    const timer = setTimeout(() => this.destroy(), DISCONNECT_TIMEOUT_MS);
    this.#client.end(false, { reasonCode: 0, properties });
    await this.ended;
    clearTimeout(timer);
  }

  destroy(): void {
    this.#socket.terminate();
  }

  #onPublish(packet: IPublishPacket, proceed: () => void): void {
    if (this.#hasEnded) {
      proceed();
      return;
    }
    if (packet.qos === 2) {
      this.#reason ??= new TesaError(
        "protocol",
        "The broker sent a message at QoS 2, which was not subscribed to.",
      );
      this.destroy();
      return;
    }
    const packetId = packet.qos === 1 ? packet.messageId : undefined;
    if (packetId === undefined) proceed();
    else this.#unacknowledged.set(packetId, proceed);
    this.#request.onPublish({
      topic: packet.topic,
      payload: typeof packet.payload === "string" ? new TextEncoder().encode(packet.payload) : packet.payload,
      qos: packet.qos,
      retained: packet.retain,
      packetId,
      receivedAt: Date.now(),
    });
  }

  /** Rejects when the connection ends, or the signal aborts, before the answer. */
  async #answer<T>(
    signal: AbortSignal,
    ask: (resolve: (value: T) => void, reject: (error: unknown) => void) => void,
  ): Promise<T> {
    let onAbort = () => {};
    try {
      return await new Promise<T>((resolve, reject) => {
        onAbort = () => reject(signal.reason);
        if (signal.aborted) onAbort();
        signal.addEventListener("abort", onAbort, { once: true });
        this.ended.then(({ error }) => reject(error));
        // mqtt.js gives up its callbacks when the stream closes, before we know why: `ended` says it.
        ask(resolve, (error) => {
          if (this.#socket.readyState === this.#socket.OPEN) reject(error);
        });
      });
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }
}

function clientOptions(request: ConnectRequest): mqtt.IClientOptions {
  return {
    protocolId: "MQTT",
    protocolVersion: request.protocolVersion,
    clientId: request.clientId,
    username: request.username,
    password: request.password,
    keepalive: request.keepAliveSeconds,
    clean: request.cleanStart,
    ...(request.protocolVersion === 5
      ? {
          properties: {
            sessionExpiryInterval: request.sessionExpirySeconds,
            receiveMaximum: request.receiveMaximum,
          },
        }
      : {}),
    // The lifecycle reconnects, and waits for the CONNACK, itself.
    reconnectPeriod: 0,
    connectTimeout: request.timeoutMs + 60_000,
    resubscribe: false,
    // mqtt.js' own log prints packets, CONNECT included.
    log: () => {},
  };
}

/** What mqtt.js reports through its `error` event. */
function clientError(error: Error): TesaError {
  if ("code" in error && typeof error.code === "number" && error.message.startsWith("Connection refused")) {
    return connackError(error.code, error.code >= 0x80 ? 5 : 4);
  }
  if (error.message === "Keepalive timeout") {
    return new TesaError(
      "keep-alive-timeout",
      "The broker no longer answered: the connection was half open.",
      {
        retryable: true,
        cause: error,
      },
    );
  }
  return new TesaError("protocol", `The broker sent what MQTT does not allow: ${error.message}`, {
    retryable: true,
    cause: error,
  });
}

function lost(closeCode: number): TesaError {
  return new TesaError("connection-lost", `The connection was closed (WebSocket close code ${closeCode}).`, {
    retryable: true,
    reasonCode: closeCode,
  });
}
