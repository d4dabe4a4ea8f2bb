import type { Clock } from "./clock.ts";
import type { MessageDecoder } from "./decode.ts";
import type { TesaError } from "./errors.ts";
import type { Intake } from "./intake.ts";
import type { Publish } from "./publish.ts";

export type { Publish } from "./publish.ts";

/** What a broker has told by answering a ping (PINGREQ): it does so in order with all else. */
export interface Look {
  /** When it was asked, in epoch milliseconds: it saw what this tells then or later. */
  readonly askedAt: number;
  /** How many QoS 1 messages it had sent and not seen acknowledged; `null` where that cannot be told just then. */
  readonly inFlight: number | null;
}

/** What a connection is asked for. */
export interface ConnectRequest {
  /** `wss://host:port/path`, or `ws://` on loopback. */
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly clientId: string;
  /** 4 is MQTT 3.1.1, 5 is MQTT 5. */
  readonly protocolVersion: 4 | 5;
  readonly keepAliveSeconds: number;
  /** Whether the broker shall forget an earlier session of this client id. */
  readonly cleanStart: boolean;
  /** How long the broker shall keep the session after the connection ends. MQTT 5 only; 0 is not at all. */
  readonly sessionExpirySeconds: number;
  /** How many QoS 1 messages may be unacknowledged. MQTT 5 only. */
  readonly receiveMaximum: number;
  /** From the first DNS query to the CONNACK. */
  readonly timeoutMs: number;
  /** Called for each PUBLISH, from the CONNACK on (a resumed session sends before any SUBACK). Must not throw. */
  readonly onPublish: (publish: Publish) => void;
  /** Called for each PINGRESP, whoever has asked, when all messages before it were handed on. Must not throw. */
  readonly onLook: (look: Look) => void;
}

/** Why a connection ended. */
export interface ConnectionEnd {
  readonly error: TesaError;
  /** The WebSocket close code (RFC 6455, 7.4), where there was one. */
  readonly closeCode: number | undefined;
}

/** One connection, from a CONNACK that accepted it to its end. */
export interface Connection {
  /** Whether the broker still had the session. */
  readonly sessionPresent: boolean;
  /** Subscribes at QoS 1; gives one reason code a filter, in order. Rejects when the connection ends or it is aborted. */
  subscribe(filters: readonly string[], signal: AbortSignal): Promise<readonly number[]>;
  unsubscribe(filters: readonly string[], signal: AbortSignal): Promise<void>;
  /** Acknowledges, within 8 ms. Messages of an older connection, and those of QoS 0, are ignored. */
  acknowledge(messages: Iterable<Publish>): void;
  /** Has a PINGREQ follow the acknowledgements that leave next, unless one is on its way. The answer goes to `onLook`. */
  look(): void;
  /** Sends a PINGREQ now, whatever else is on its way. The answer goes to `onLook`. */
  ping(): void;
  /** Sends DISCONNECT and closes. The broker forgets the session when `sessionExpirySeconds` is 0 (MQTT 5 only). */
  disconnect(options: { readonly sessionExpirySeconds: number }): Promise<void>;
  /** Cuts the connection; on MQTT 5, a reason code (0x80 and more) is sent first. */
  destroy(reasonCode?: number): void;
  /** Fulfils, and never rejects, when the connection has ended, whoever ended it. */
  readonly ended: Promise<ConnectionEnd>;
}

/** Finds out whether a connection is still there. */
export interface ConnectionProbe {
  /** Why the connection was given up; `null` if it was not, or not here. */
  readonly error: TesaError | null;
  /** Pings; does nothing while it waits for the answer to an earlier ping of its own. */
  begin(connection: Connection): void;
  /** Something came: the answer to a ping, or anything else. */
  heard(look?: Look): void;
  /** Waits for no answer any more. */
  end(): void;
}

/** What a runtime provides to reach a broker. `@tesa/core/mqtt` is the one on the mqtt package. */
export interface Transport {
  /**
   * Connects and waits for the CONNACK.
   * @throws TesaError with a code that says at which step it failed.
   */
  connect(request: ConnectRequest, signal: AbortSignal): Promise<Connection>;
  /**
   * Makes the decoder of a stream: a faster one, which not every program wants to carry.
   * @default one that decodes each message for itself
   */
  createDecoder?(): MessageDecoder;
  /**
   * Makes what finds out whether a connection is still there, for `check()`.
   * @default none: a check ends waits only, and the keep-alive notices a dead connection
   */
  createProbe?(clock: Clock): ConnectionProbe;
  /**
   * Makes what takes batches for a durable log, so that commits wait for each other.
   * @default none: what waits when the log is ready is a batch
   */
  createBatches?(intake: Intake, clock: Clock): Pick<Intake, "take">;
}
