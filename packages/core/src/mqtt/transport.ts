import mqtt, { type IConnackPacket, type IDisconnectPacket, type MqttClient } from "#mqtt";
import { BatchGatherer } from "../batch-gatherer.ts";
import { Decoder } from "../decoder.ts";
import { TesaError } from "../errors.ts";
import { Probe } from "../probe.ts";
import { subscriptionRefused } from "../subscription-refused.ts";
import type { Connection, ConnectionEnd, ConnectRequest, Publish, Transport } from "../transport.ts";
import type { BrokerSocket, OpenBrokerSocket } from "./broker-socket.ts";
import { LaneStream } from "./lane-stream.ts";
import { connackError, disconnectError } from "./reasons.ts";
import type { Turns } from "./turn-traffic.ts";

/** MQTT 5, 2.4. */
const PROTOCOL_ERROR = 0x82;
/** How long a goodbye may take before the connection is cut. */
const DISCONNECT_TIMEOUT_MS = 2_000;
/** The platform's largest packet is 10 MB; what is larger is a mistake somewhere. In bytes. */
const MAX_PACKET_BYTES = 16 * 1024 * 1024;
/** MQTT 5, 3.8.3.1: retained messages come only for a subscription that did not exist before. */
const RETAIN_ON_NEW_SUBSCRIPTION = 1;

/** What a runtime gives to the transport. */
export interface TransportParts {
  readonly open: OpenBrokerSocket;
  readonly turns: Turns;
  /** The largest packet that the broker is told to send, in bytes; MQTT 5 only. @default not stated */
  readonly maxPacketBytes?: number | undefined;
}

/**
 * A transport on the mqtt package, over any WebSocket.
 *
 * mqtt.js handles the session (CONNECT, SUBSCRIBE, PING, DISCONNECT); the messages and their PUBACKs take a lane beside
 * it, so that a PUBACK can wait for the log and nothing else has to wait for it.
 */
export function createTransport({ open, ...parts }: TransportParts): Transport {
  return {
    createDecoder: () => new Decoder(),
    createProbe: (clock) => new Probe(clock),
    createBatches: (intake, clock) => new BatchGatherer(intake, clock),
    async connect(request, signal) {
      const startedAt = Date.now();
      const socket = await open({ url: request.url, timeoutMs: request.timeoutMs, signal });
      const timeLeftMs = Math.max(1, request.timeoutMs - (Date.now() - startedAt));
      return await new MqttConnection(socket, request, timeLeftMs, parts).accepted(signal);
    },
  };
}

class MqttConnection implements Connection {
  readonly ended: Promise<ConnectionEnd>;
  readonly #client: MqttClient;
  readonly #socket: BrokerSocket;
  readonly #request: ConnectRequest;
  readonly #timeoutMs: number;
  readonly #stream: LaneStream;
  #sessionPresent = false;
  #hasEnded = false;
  /** The first reason that was given for the end; a close without one is a lost connection. */
  #reason: TesaError | undefined;

  constructor(
    socket: BrokerSocket,
    request: ConnectRequest,
    timeoutMs: number,
    { turns, maxPacketBytes }: Omit<TransportParts, "open">,
  ) {
    this.#socket = socket;
    this.#request = request;
    this.#timeoutMs = timeoutMs;
    this.#stream = new LaneStream(socket, {
      protocolVersion: request.protocolVersion,
      maxPacketBytes: maxPacketBytes ?? MAX_PACKET_BYTES,
      onPublish: request.onPublish,
      onLook: request.onLook,
      onViolation: (error) => {
        this.#reason ??= error;
        this.destroy(PROTOCOL_ERROR);
      },
      turns,
    });
    // The types of mqtt.js name a whole Duplex.
    const streamBuilder = () => this.#stream as unknown as mqtt.MqttClient["stream"];
    this.#client = new mqtt.MqttClient(streamBuilder, clientOptions(request, maxPacketBytes));
    this.#client.on("disconnect", ({ reasonCode = 0 }: IDisconnectPacket) => {
      this.#reason ??= disconnectError(reasonCode);
    });
    this.#client.on("error", (error) => {
      this.#reason ??= clientError(error, request.protocolVersion);
      this.destroy();
    });
    this.ended = socket.closed.then(({ code, error }) => {
      this.#hasEnded = true;
      this.#client.end(true);
      return { error: this.#reason ?? error ?? lost(code), closeCode: code };
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
    return await this.#answer<readonly number[]>(signal, (resolve, reject) => {
      this.#client.subscribe([...filters], { qos: 1, rh: RETAIN_ON_NEW_SUBSCRIPTION }, (error, _, packet) => {
        // A refused filter is an error to mqtt.js, and an answer to us.
        if (packet !== undefined) resolve(packet.granted.map(Number));
        else reject(error);
      });
    }).catch((error: unknown) => {
      throw namingFilters(error, filters);
    });
  }

  async unsubscribe(filters: readonly string[], signal: AbortSignal): Promise<void> {
    await this.#answer<void>(signal, (resolve, reject) => {
      this.#client.unsubscribe([...filters], (error) => (error ? reject(error) : resolve()));
    });
  }

  acknowledge(messages: Iterable<Publish>): void {
    if (this.#hasEnded) return;
    for (const { packetId } of messages) {
      if (packetId !== undefined) this.#stream.acknowledge(packetId);
    }
  }

  look(): void {
    this.#stream.look();
  }

  ping(): void {
    if (!this.#hasEnded) this.#stream.ping();
  }

  async disconnect({ sessionExpirySeconds }: { readonly sessionExpirySeconds: number }): Promise<void> {
    const properties =
      this.#request.protocolVersion === 5 ? { sessionExpiryInterval: sessionExpirySeconds } : {};
    const timer = setTimeout(() => this.#socket.terminate(), DISCONNECT_TIMEOUT_MS);
    this.#stream.stopReading();
    this.#stream.flushAcknowledgements();
    this.#client.end(false, { reasonCode: 0, properties });
    await this.ended;
    clearTimeout(timer);
  }

  destroy(reasonCode?: number): void {
    this.#stream.stopReading();
    if (reasonCode === undefined || this.#request.protocolVersion === 4 || this.#hasEnded) {
      this.#socket.terminate();
      return;
    }
    this.#reason ??= new TesaError(
      "protocol",
      `The connection was ended here, with reason code 0x${reasonCode.toString(16)}.`,
      { retryable: true, reasonCode },
    );
    // MQTT 5, 3.14: DISCONNECT with a reason code and no properties.
    const timer = setTimeout(() => this.#socket.terminate(), DISCONNECT_TIMEOUT_MS);
    this.#socket.send(Uint8Array.of(0xe0, 1, reasonCode));
    this.#socket.close();
    this.ended.then(() => clearTimeout(timer));
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
          if (this.#socket.isOpen) reject(error);
        });
      });
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }
}

function clientOptions(request: ConnectRequest, maxPacketBytes: number | undefined): mqtt.IClientOptions {
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
            ...(maxPacketBytes === undefined ? {} : { maximumPacketSize: maxPacketBytes }),
          },
        }
      : {}),
    // The lifecycle reconnects, and waits for the CONNACK, itself.
    reconnectPeriod: 0,
    connectTimeout: request.timeoutMs + 60_000,
    resubscribe: false,
    // In browsers mqtt.js would make a worker out of a blob, which a strict Content-Security-Policy forbids: no PINGREQ
    // would ever leave.
    timerVariant: "native",
    // mqtt.js' own log prints packets, CONNECT included.
    log: () => {},
  };
}

/** What mqtt.js reports through its `error` event. */
function clientError(error: Error, protocolVersion: 4 | 5): TesaError {
  if ("code" in error && typeof error.code === "number" && error.message.startsWith("Connection refused")) {
    return connackError(error.code, protocolVersion);
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
  // RFC 6455, 7.4.1: 1006 stands for an end without a close frame.
  const how = closeCode === 1006 ? "was cut" : "was closed by the broker";
  return new TesaError("connection-lost", `The connection ${how} (WebSocket close code ${closeCode}).`, {
    retryable: true,
    reasonCode: closeCode,
  });
}

/** A broker that refuses by a DISCONNECT does not say what it refused: that was asked for last. */
function namingFilters(error: unknown, filters: readonly string[]): unknown {
  if (!(error instanceof TesaError) || error.code !== "subscription-refused") return error;
  return subscriptionRefused(filters, error.reasonCode);
}
