import type { TesaError } from "../errors.ts";

/** How a {@link BrokerSocket} ended. */
export interface SocketClose {
  /** The WebSocket close code (RFC 6455, 7.4.1); 1006 stands for an end without a close frame. */
  readonly code: number;
  /** Why, where this end knows it. */
  readonly error?: TesaError | undefined;
}

/** An open WebSocket to a broker: what the lane needs of one, filled by the `ws` package or by a native WebSocket. */
export interface BrokerSocket {
  /** Whether it still takes what is sent. */
  readonly isOpen: boolean;
  /** Called for each message received; text arrives as a string. Set it in the turn in which the socket was opened. */
  onMessage: (data: Uint8Array | string) => void;
  /** Sends one binary message. Does nothing when the socket is not open. */
  send(bytes: Uint8Array<ArrayBuffer>): void;
  /** Begins to close, after what was sent before. The other side may never answer. */
  close(): void;
  /** Ends it at once: nothing more is received, and `closed` fulfils. */
  terminate(): void;
  /** Fulfils, and never rejects, when the socket has closed, whoever closed it. */
  readonly closed: Promise<SocketClose>;
}

/** How to open a WebSocket to a broker. */
export interface OpenOptions {
  readonly url: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Opens a WebSocket with the subprotocol `mqtt`. TLS 1.2 or newer, and the certificate is always verified.
 *
 * @throws TesaError that says at which step it failed
 */
export type OpenBrokerSocket = (options: OpenOptions) => Promise<BrokerSocket>;
