import { TesaError } from "../errors.ts";
import type { BrokerSocket, OpenOptions, SocketClose } from "./broker-socket.ts";
import { networkError } from "./network-error.ts";

/** RFC 6455, 7.4.1: ended without a close frame. */
const ABNORMAL = 1006;

/**
 * Opens a runtime's own WebSocket: browsers, Workers, and any runtime that has one. Which certificates are trusted is
 * the runtime's affair; all of them verify.
 *
 * A native WebSocket tells little of why it failed, and in workerd it never fails over an untrusted certificate: the
 * time-out here is what ends the wait.
 */
export function openNativeSocket({ url, timeoutMs, signal }: OpenOptions): Promise<BrokerSocket> {
  const host = new URL(url).host;
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const socket = new WebSocket(url, "mqtt");
    // Some runtimes hand over a Blob otherwise, whose bytes come later and in any order.
    socket.binaryType = "arraybuffer";
    const settle = (conclude: () => void) => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      socket.removeEventListener("open", onOpen);
      socket.removeEventListener("error", onError);
      socket.removeEventListener("close", onClose);
      conclude();
    };
    const fail = (error: unknown) =>
      settle(() => {
        reject(error);
        socket.close();
      });
    const onAbort = () => fail(signal.reason);
    const onOpen = () => {
      if (socket.protocol === "mqtt") settle(() => resolve(new NativeSocket(socket)));
      else fail(notMqtt(host));
    };
    const onError = (event: Event & SaidError) => fail(openError(event, host));
    const onClose = ({ code }: CloseEvent) => fail(openError({ message: `close code ${code}` }, host));
    const timer = setTimeout(() => fail(timedOut(host, timeoutMs)), timeoutMs);
    signal.addEventListener("abort", onAbort, { once: true });
    socket.addEventListener("open", onOpen);
    socket.addEventListener("error", onError);
    socket.addEventListener("close", onClose);
  });
}

class NativeSocket implements BrokerSocket {
  readonly closed: Promise<SocketClose>;
  onMessage: (data: Uint8Array | string) => void = () => {};
  readonly #socket: WebSocket;
  #end: (close: SocketClose) => void = () => {};
  #hasEnded = false;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    this.closed = new Promise((resolve) => {
      this.#end = (close) => {
        this.#hasEnded = true;
        resolve(close);
      };
    });
    socket.addEventListener("message", (event) => {
      const data: ArrayBuffer | string = event.data;
      if (this.#hasEnded) return;
      this.onMessage(typeof data === "string" ? data : new Uint8Array(data));
    });
    // A close always follows an error, and says as much.
    socket.addEventListener("close", ({ code }) => this.#end({ code }));
  }

  get isOpen(): boolean {
    return !this.#hasEnded && this.#socket.readyState === WebSocket.OPEN;
  }

  send(bytes: Uint8Array<ArrayBuffer>): void {
    if (this.isOpen) this.#socket.send(bytes);
  }

  close(): void {
    this.#socket.close();
  }

  terminate(): void {
    // A native WebSocket cannot be cut: it waits for the other side's answer, which may never come. We do not.
    this.#socket.close();
    this.#end({ code: ABNORMAL });
  }
}

interface SaidError {
  readonly error?: unknown;
  readonly message?: unknown;
}

/** Node says why in `error`, Workers in `message`; a browser says nothing, lest a page explores its network. */
function openError(event: SaidError, host: string): TesaError {
  if (event.error instanceof Error && event.error.message !== "") return networkError(event.error, host);
  const said = typeof event.message === "string" && event.message !== "" ? ` (${event.message})` : "";
  return new TesaError(
    "network",
    `No WebSocket to ${host}${said}. Check the broker's URL and path (the platform's is /mqtt), the network, and that the certificate is trusted here.`,
    { retryable: true },
  );
}

function timedOut(host: string, timeoutMs: number): TesaError {
  return new TesaError(
    "connect-timeout",
    `${host} did not answer within ${timeoutMs / 1_000} s, or its certificate is not trusted here.`,
    { retryable: true },
  );
}

function notMqtt(host: string): TesaError {
  return new TesaError(
    "upgrade-refused",
    `${host} speaks WebSocket, but not MQTT over it. Check the path of the broker's URL; the platform's is /mqtt.`,
  );
}
