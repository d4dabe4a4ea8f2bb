import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { printable, quote } from "@tesa/process";
import { WebSocket } from "ws";
import { type Failed, formatDuration, type Step } from "./step.ts";
import { PLATFORM_URL, portHint, type Target } from "./target.ts";

/** The largest frame taken: the platform's largest packet is 10 MB, and a frame may hold a little more. */
const MAX_FRAME_BYTES = 16 * 1024 * 1024;

export interface UpgradeInput {
  readonly target: Target;
  /** The connection of the steps before, TLS or plain. */
  readonly stream: Duplex;
}

export interface Upgraded {
  readonly socket: WebSocket;
  /** What the server's `Date` header says, in epoch milliseconds, where it sent one; whole seconds. */
  readonly serverTime: number | undefined;
  /** This computer's clock when that header came. */
  readonly answeredAt: number;
}

/** Step 6: the WebSocket, over the connection of the steps before, with the subprotocol `mqtt`. */
export const upgradeStep: Step<UpgradeInput, Upgraded> = {
  name: "upgrade",
  async run({ target, stream }, { signal }) {
    const answer = await upgrade(target, stream, signal);
    if (answer.type === "refused") return explainStatus(target, answer.response);
    if (answer.type === "error") return explainError(target, answer);
    const { response, socket, answeredAt } = answer;
    const server = headerOf(response, "server");
    const date = Date.parse(response?.headers.date ?? "");
    return {
      status: "ok",
      value: { socket, serverTime: Number.isNaN(date) ? undefined : date, answeredAt },
      detail: `${target.path}, subprotocol ${socket.protocol}${server === undefined ? "" : `, server ${quote(server)}`}`,
      data: { path: target.path, subprotocol: socket.protocol, server: server ?? null },
    };
  },
  timedOut: ({ target }, timeoutMs) => ({
    status: "failed",
    code: "connect-timeout",
    detail: `no answer to the WebSocket upgrade within ${formatDuration(timeoutMs)}`,
    cause: `The server takes the connection but says nothing: it is no web server, or hangs.${portHint(target)}`,
    action: `Check port and path in ${target.setting} (${target.url}); the platform's own is ${PLATFORM_URL}`,
  }),
};

type Answer =
  | {
      readonly type: "open";
      readonly socket: WebSocket;
      readonly response: IncomingMessage | undefined;
      readonly answeredAt: number;
    }
  | { readonly type: "refused"; readonly response: IncomingMessage }
  | UpgradeError;

interface UpgradeError {
  readonly type: "error";
  readonly error: NodeJS.ErrnoException;
  /** With a response, the server did switch protocols, but not as it should. */
  readonly response: IncomingMessage | undefined;
}

function upgrade({ url }: Target, stream: Duplex, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const socket = new WebSocket(url, "mqtt", {
      createConnection: () => stream,
      perMessageDeflate: false,
      maxPayload: MAX_FRAME_BYTES,
    });
    let response: IncomingMessage | undefined;
    let answeredAt = 0;
    const onAbort = () => {
      socket.terminate();
      reject(signal.reason);
    };
    const settle = (answer: Answer) => {
      signal.removeEventListener("abort", onAbort);
      resolve(answer);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    // Comes before the subprotocol is checked.
    socket.once("upgrade", (answered) => {
      response = answered;
      answeredAt = Date.now();
    });
    socket.once("unexpected-response", (_request, refused) => {
      refused.resume();
      settle({ type: "refused", response: refused });
    });
    socket.on("error", (error) => settle({ type: "error", error, response }));
    socket.once("open", () => settle({ type: "open", socket, response, answeredAt }));
  });
}

function explainStatus(target: Target, response: IncomingMessage): Failed {
  const status = response.statusCode ?? 0;
  const server = headerOf(response, "server");
  const location = headerOf(response, "location");
  const { cause, action } = adviceForStatus(status, target, location);
  return {
    status: "failed",
    code: "upgrade-refused",
    detail: `the server answered HTTP ${status}${server === undefined ? "" : ` (server ${quote(server)})`} instead of 101`,
    cause,
    action,
    data: { status, path: target.path, server: server ?? null, location: location ?? null },
  };
}

function adviceForStatus(status: number, target: Target, location: string | undefined) {
  const checkPath = `Check the path in ${target.setting} (${target.url}); the platform's own is ${PLATFORM_URL}`;
  const throughProxy =
    "Ask who runs the proxy or gateway in front of the broker; if it is your network's, ask for an exception.";
  if (status === 404) return { cause: `The path ${quote(target.path)} is wrong.`, action: checkPath };
  if (status === 400) {
    return {
      cause: `The server does not take the subprotocol "mqtt" on ${quote(target.path)}: another service listens there.`,
      action: checkPath,
    };
  }
  if (status >= 300 && status < 400) {
    const where = location === undefined ? "elsewhere" : `to ${quote(location, 200)}`;
    return {
      cause: `The server redirects ${where}. A redirect is not followed: the token would go to wherever it points.`,
      action: checkPath,
    };
  }
  if (status === 401 || status === 403 || status === 407) {
    return {
      cause:
        "A proxy, gateway or firewall refuses WebSockets. The token is not asked for before the next step.",
      action: throughProxy,
    };
  }
  if (status === 429)
    return { cause: "Too many connections from here in a short time.", action: "Wait some minutes." };
  if (status === 502 || status === 503 || status === 504) {
    return {
      cause: "A proxy in front of the broker answers, and does not reach the broker behind it.",
      action: throughProxy,
    };
  }
  if (status >= 200 && status < 300) {
    return { cause: "A web page or another service answers there, not a broker.", action: checkPath };
  }
  return { cause: "Something else than an MQTT broker answers there.", action: checkPath };
}

function explainError(target: Target, { error, response }: UpgradeError): Failed {
  const action = `Check port and path in ${target.setting} (${target.url}); the platform's own is ${PLATFORM_URL}`;
  const data = { error: error.code ?? error.message, path: target.path };
  if (response !== undefined) {
    const offered = headerOf(response, "sec-websocket-protocol");
    return {
      status: "failed",
      code: "upgrade-refused",
      detail:
        offered === undefined
          ? 'the server opened a WebSocket, but without the subprotocol "mqtt"'
          : `the server opened a WebSocket with the subprotocol ${quote(offered)} instead of "mqtt"`,
      cause: `A WebSocket service that is no MQTT broker answers on ${quote(target.path)}. (${printable(error.message)})`,
      action,
      data: { ...data, status: response.statusCode ?? null, subprotocol: offered ?? null },
    };
  }
  if (error.code?.startsWith("HPE_")) {
    return {
      status: "failed",
      code: "upgrade-refused",
      detail: "the server does not speak HTTP on this port",
      cause: `A port without WebSocket, most likely one for MQTT over TLS.${portHint(target)}`,
      action,
      data,
    };
  }
  if (error.code?.includes("CERTIFICATE_REQUIRED")) {
    return {
      status: "failed",
      code: "tls",
      detail: "the server demands a client certificate",
      cause:
        "It is a listener for devices, which identify themselves by certificate; applications have a token.",
      action,
      data,
    };
  }
  return {
    status: "failed",
    code: "network",
    detail: `the server closed the connection at the WebSocket upgrade (${printable(error.code ?? error.message)})`,
    cause: `${target.secure ? "The port has no WebSocket (one for MQTT over TLS does this)" : "The port speaks TLS (then wss:// is right) or has no WebSocket"}, or a firewall looks in and refuses.${portHint(target)}`,
    action,
    data,
  };
}

function headerOf(response: IncomingMessage | undefined, name: string): string | undefined {
  const value = response?.headers[name];
  return Array.isArray(value) ? value.join(", ") : value;
}
