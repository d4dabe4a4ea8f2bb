import type { Transport } from "../transport.ts";
import { createWebAfterTurn } from "./after-turn.ts";
import { openNativeSocket } from "./native-socket.ts";
import { createTransport } from "./transport.ts";

export { connackError, disconnectError } from "./reasons.ts";
export { systemClock } from "./system-clock.ts";

/**
 * A transport on the mqtt package, over the runtime's own WebSocket: browsers and Workers, without anything of Node.
 * Which certificates are trusted is decided by the runtime.
 */
export function createMqttTransport(): Transport {
  return createTransport({
    open: openNativeSocket,
    turns: { afterCallback: undefined, afterTurn: createWebAfterTurn() },
  });
}
