import type { Transport } from "../transport.ts";
import { createWebAfterTurn } from "./after-turn.ts";
import { openNativeSocket } from "./native-socket.ts";
import { silenceDebug } from "./silence-debug.ts";
import { createTransport } from "./transport.ts";
import type { WebTransportOptions } from "./web.ts";

export { connackError, disconnectError } from "./reasons.ts";
export { systemClock } from "./system-clock.ts";
export type { WebTransportOptions } from "./web.ts";

/**
 * What `@tesa/core/mqtt/web` is on Workers: over the native WebSocket too, but on mqtt.js' build for Node, since that for
 * browsers has one queue for all Durable Objects of a process, and one object may not do the work of another. That build
 * listens to a variable `DEBUG`, which must not make it print the token.
 */
export function createMqttTransport({ maxPacketBytes }: WebTransportOptions = {}): Transport {
  return createTransport({
    open: (options) => {
      silenceDebug();
      return openNativeSocket(options);
    },
    turns: { afterCallback: undefined, afterTurn: createWebAfterTurn() },
    maxPacketBytes,
  });
}
