import WebSocket from "ws";
import { TesaError } from "../errors.ts";
import { networkError } from "./network-error.ts";

/** The largest WebSocket message taken: the platform's largest packet is 10 MB, and a frame may hold a little more. */
const MAX_FRAME_BYTES = 16 * 1024 * 1024;

/** How to open a WebSocket to a broker. */
export interface OpenOptions {
  readonly url: string;
  /** PEM certificates to trust instead of the system's. */
  readonly caCertificates: string | undefined;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Opens a WebSocket with the subprotocol `mqtt`. TLS 1.2 or newer, and the certificate is always verified.
 *
 * @throws TesaError that says at which step it failed
 */
export function openWebSocket({ url, caCertificates, timeoutMs, signal }: OpenOptions): Promise<WebSocket> {
  const host = new URL(url).host;
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
    socket.once("error", (error) => fail(openError(error, host, timeoutMs)));
    socket.once("open", () => {
      signal.removeEventListener("abort", onAbort);
      socket.removeAllListeners("error");
      resolve(socket);
    });
  });
}

function openError(error: Error, host: string, timeoutMs: number): TesaError {
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
