import WebSocket from "ws";
import { TesaError } from "../errors.ts";
import type { BrokerSocket, OpenOptions, SocketClose } from "./broker-socket.ts";
import { networkError } from "./network-error.ts";

/** The largest WebSocket message taken: the platform's largest packet is 10 MB, and a frame may hold a little more. */
const MAX_FRAME_BYTES = 16 * 1024 * 1024;

/**
 * Opens a WebSocket of the `ws` package: Node, Bun and Deno.
 *
 * @param caCertificates PEM certificates to trust instead of the system's
 */
export function openWsSocket(
  { url, timeoutMs, signal }: OpenOptions,
  caCertificates: string | undefined,
): Promise<BrokerSocket> {
  const target = new URL(url);
  const { host } = target;
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const socket = new WebSocket(url, "mqtt", {
      // Stated, because NODE_TLS_REJECT_UNAUTHORIZED=0 would otherwise switch it off unseen.
      rejectUnauthorized: true,
      minVersion: "TLSv1.2",
      ...(caCertificates === undefined ? {} : { ca: caCertificates }),
      perMessageDeflate: false,
      maxPayload: MAX_FRAME_BYTES,
      handshakeTimeout: timeoutMs,
    });
    const fail = (error: unknown) => {
      signal.removeEventListener("abort", onAbort);
      reject(error);
      socket.on("error", () => {});
      socket.terminate();
    };
    const onAbort = () => fail(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    socket.once("unexpected-response", (_, response) => {
      response.resume();
      fail(upgradeError(host, response.statusCode ?? 0));
    });
    socket.once("error", (error) => fail(openError(error, target, timeoutMs)));
    socket.once("open", () => {
      signal.removeEventListener("abort", onAbort);
      socket.removeAllListeners("error");
      resolve(new WsSocket(socket));
    });
  });
}

class WsSocket implements BrokerSocket {
  readonly closed: Promise<SocketClose>;
  onMessage: (data: Uint8Array | string) => void = () => {};
  readonly #socket: WebSocket;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data: Buffer, isBinary: boolean) => {
      this.onMessage(isBinary ? data : data.toString());
    });
    this.closed = new Promise((resolve) => {
      let error: TesaError | undefined;
      socket.on("error", (cause) => {
        error ??= frameError(cause);
      });
      socket.on("close", (code) => resolve({ code, error }));
    });
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  send(bytes: Uint8Array<ArrayBuffer>): void {
    // Without a listener: that it did not go out is told by the close.
    this.#socket.send(bytes, () => {});
  }

  close(): void {
    this.#socket.close();
  }

  terminate(): void {
    this.#socket.terminate();
  }
}

/** After the handshake `ws` reports only what breaks the WebSocket protocol; the connection closes right after. */
function frameError(cause: Error): TesaError {
  return new TesaError("protocol", `The broker sent what WebSocket does not allow: ${cause.message}`, {
    retryable: true,
    cause,
  });
}

function openError(error: Error, { host, protocol }: URL, timeoutMs: number): TesaError {
  if (error.message === "Opening handshake has timed out") {
    return new TesaError("connect-timeout", `${host} did not answer within ${timeoutMs / 1_000} s.`, {
      retryable: true,
      cause: error,
    });
  }
  if (/subprotocol|Sec-WebSocket|upgrade header/i.test(error.message)) {
    return new TesaError(
      "upgrade-refused",
      `${host} speaks WebSocket, but not MQTT over it (${error.message}). Check the path in MQTT_BROKER_URL; the platform's is /mqtt.`,
      { cause: error },
    );
  }
  // What a server makes of plain HTTP that waits for a TLS handshake.
  if (protocol === "ws:" && error.message === "socket hang up") {
    return new TesaError(
      "network",
      `${host} closed the connection when it was asked for a WebSocket. If its port speaks TLS, use wss:// in MQTT_BROKER_URL.`,
      { retryable: true, cause: error },
    );
  }
  return networkError(error, host);
}

function upgradeError(host: string, status: number): TesaError {
  const hint =
    status === 404 || status === 400
      ? "Check the path in MQTT_BROKER_URL; the platform's is /mqtt."
      : "A proxy or another server may be answering in the broker's place.";
  return new TesaError(
    "upgrade-refused",
    `${host} refused the WebSocket with HTTP status ${status}. ${hint}`,
    {
      reasonCode: status,
      // What a proxy says while the server behind it is away.
      retryable: status >= 500 || status === 429 || status === 408,
    },
  );
}
