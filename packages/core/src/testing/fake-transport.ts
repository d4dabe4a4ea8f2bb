import { TesaError } from "../errors.ts";
import { Probe } from "../probe.ts";
import type { Connection, ConnectionEnd, ConnectRequest, Look, Publish, Transport } from "../transport.ts";

/** Where the fake clock starts. */
const START_MS = 1_700_000_000_000;

/** One attempt to connect, in the hands of the test. */
export interface FakeAttempt {
  readonly request: ConnectRequest;
  /** Answers with a CONNACK that accepts. */
  accept(options?: { readonly sessionPresent?: boolean }): FakeConnection;
  refuse(error: TesaError): void;
}

/** An accepted connection, seen from the broker. */
export interface FakeConnection {
  /** Sends a PUBLISH; `packetId` makes it QoS 1, `duplicate` sets DUP. */
  publish(topic: string, payload: string | Uint8Array, packetId?: number, duplicate?: boolean): void;
  /** The packet ids that were acknowledged, in order. */
  readonly acknowledged: readonly number[];
  readonly subscribed: readonly string[];
  readonly unsubscribed: readonly string[];
  /** `null` while open; the session expiry of the DISCONNECT, or `"destroyed"`. */
  readonly left: { readonly sessionExpirySeconds: number } | "destroyed" | null;
  /** How often a look was asked for. */
  readonly looks: number;
  /** How often it was pinged. */
  readonly pings: number;
  /** Answers a ping. @default asked at the time of the fake clock's start; as many in flight as were not acknowledged */
  look(look?: Partial<Look>): void;
  /** Answers the SUBSCRIBE that waits. @default each granted */
  suback(codes?: readonly number[]): void;
  end(error?: TesaError, closeCode?: number): void;
}

/** A transport whose broker is the test. */
export interface FakeTransport extends Transport {
  readonly attempts: readonly FakeAttempt[];
}

/** Makes a transport without attempts. With `autoSuback`, every SUBSCRIBE is granted at once. */
export function createFakeTransport(options: { readonly autoSuback?: boolean } = {}): FakeTransport {
  const attempts: FakeAttempt[] = [];
  return {
    attempts,
    createProbe: (clock) => new Probe(clock),
    connect(request, signal) {
      return new Promise((resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason), { once: true });
        attempts.push({
          request,
          accept({ sessionPresent = false } = {}) {
            const broker = new BrokerSide(request, sessionPresent, options.autoSuback ?? false);
            resolve(broker.connection);
            return broker;
          },
          refuse: reject,
        });
      });
    },
  };
}

class BrokerSide implements FakeConnection {
  readonly acknowledged: number[] = [];
  readonly subscribed: string[] = [];
  readonly unsubscribed: string[] = [];
  looks = 0;
  pings = 0;
  left: FakeConnection["left"] = null;
  readonly connection: Connection;
  readonly #request: ConnectRequest;
  #sent = 0;
  #answer: ((codes: readonly number[]) => void) | undefined;
  #end: (end: ConnectionEnd) => void = () => {};

  constructor(request: ConnectRequest, sessionPresent: boolean, autoSuback: boolean) {
    this.#request = request;
    const ended = new Promise<ConnectionEnd>((resolve) => {
      this.#end = resolve;
    });
    this.connection = {
      sessionPresent,
      ended,
      subscribe: (filters, signal) => {
        this.subscribed.push(...filters);
        return new Promise((resolve, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason), { once: true });
          this.#answer = resolve;
          ended.then(({ error }) => reject(error));
          if (autoSuback) this.suback();
        });
      },
      unsubscribe: async (filters) => {
        this.unsubscribed.push(...filters);
      },
      acknowledge: (messages) => {
        for (const { packetId } of messages) {
          if (packetId !== undefined && this.left === null) this.acknowledged.push(packetId);
        }
      },
      look: () => {
        this.looks += 1;
      },
      ping: () => {
        this.pings += 1;
      },
      disconnect: async ({ sessionExpirySeconds }) => {
        this.left = { sessionExpirySeconds };
        this.end();
      },
      destroy: () => {
        this.left ??= "destroyed";
        this.end();
      },
    };
  }

  publish(topic: string, payload: string | Uint8Array, packetId?: number, duplicate = false): void {
    const publish: Publish = {
      topic,
      payload:
        typeof payload === "string"
          ? Uint8Array.from(payload, (character) => character.charCodeAt(0))
          : payload,
      qos: packetId === undefined ? 0 : 1,
      retained: false,
      duplicate,
      packetId,
      receivedAt: START_MS,
    };
    if (packetId !== undefined) this.#sent += 1;
    this.#request.onPublish(publish);
  }

  look({ askedAt = START_MS, inFlight = this.#sent - this.acknowledged.length }: Partial<Look> = {}): void {
    this.#request.onLook({ askedAt, inFlight });
  }

  suback(codes?: readonly number[]): void {
    this.#answer?.(codes ?? this.subscribed.map(() => 1));
  }

  end(error?: TesaError, closeCode = 1006): void {
    this.#end({
      error: error ?? new TesaError("connection-lost", "The test ended the connection.", { retryable: true }),
      closeCode,
    });
  }
}
