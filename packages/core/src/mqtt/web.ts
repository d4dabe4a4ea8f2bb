import type { Transport } from "../transport.ts";
import { createWebAfterTurn } from "./after-turn.ts";
import { openNativeSocket } from "./native-socket.ts";
import { createTransport } from "./transport.ts";

export { connackError, disconnectError } from "./reasons.ts";
export { systemClock } from "./system-clock.ts";

/** Options of {@link createMqttTransport}. */
export interface WebTransportOptions {
  /**
   * The largest packet to be sent, in bytes; the broker is told so at connect (MQTT 5, 3.1.2.11.4) and drops what is larger
   * without a word. For where memory is short. @default not stated
   */
  readonly maxPacketBytes?: number;
}

/**
 * A transport on the mqtt package, over the runtime's own WebSocket: browsers and Workers, without anything of Node.
 * Which certificates are trusted is decided by the runtime.
 */
export function createMqttTransport({ maxPacketBytes }: WebTransportOptions = {}): Transport {
  return createTransport({
    open: openNativeSocket,
    turns: { afterCallback: undefined, afterTurn: createWebAfterTurn() },
    maxPacketBytes,
  });
}
