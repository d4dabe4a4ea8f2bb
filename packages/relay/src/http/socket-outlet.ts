import type { Clock } from "@tesa/core";
import type { WSContext } from "hono/ws";
import type { Outlet, OutletEvents } from "../hub/outlet.ts";

/** What a WebSocket has not sent yet, in bytes, from which on its client counts as slow. */
const HIGH_WATER_BYTES = 256 * 1024;
/** WebSockets do not tell when they have sent: they are asked, in milliseconds. */
const ASK_AGAIN_MS = 50;
/** RFC 6455, section 7.4.1: going away; and an internal error, for one that is given up. */
const CLOSE_CODES = { goingAway: 1001, givenUp: 1011 } as const;

/** Text frames to one client. */
export class SocketOutlet implements Outlet<string> {
  readonly #socket: WSContext;
  readonly #clock: Clock;
  readonly #events: OutletEvents;
  #cancelTimer: (() => void) | undefined;

  constructor(socket: WSContext, clock: Clock, events: OutletEvents) {
    this.#socket = socket;
    this.#clock = clock;
    this.#events = events;
  }

  get isReady(): boolean {
    if (bufferedBytes(this.#socket.raw) < HIGH_WATER_BYTES) return true;
    this.#cancelTimer ??= this.#clock.setTimer(ASK_AGAIN_MS, () => {
      this.#cancelTimer = undefined;
      // Asking sets the timer anew where it is still full.
      if (this.isReady) this.#events.onReady();
    });
    return false;
  }

  write(pieces: readonly string[]): void {
    // WebSocket.OPEN; the event of its end may still be on its way.
    if (this.#socket.readyState !== 1) return;
    for (const piece of pieces) this.#socket.send(piece);
  }

  close(): void {
    this.#end(CLOSE_CODES.goingAway);
  }

  abort(): void {
    this.#end(CLOSE_CODES.givenUp);
  }

  /** To be called when the socket has gone. */
  gone(): void {
    this.#cancelTimer?.();
    this.#events.onGone();
  }

  #end(code: number): void {
    this.#socket.close(code);
    if (code === CLOSE_CODES.givenUp) terminate(this.#socket.raw);
    this.gone();
  }
}

/** What runtimes call it: `bufferedAmount` (web standard), `getBufferedAmount()` (Bun). Workers have neither. */
function bufferedBytes(raw: unknown): number {
  if (typeof raw !== "object" || raw === null) return 0;
  if ("bufferedAmount" in raw && typeof raw.bufferedAmount === "number") return raw.bufferedAmount;
  if ("getBufferedAmount" in raw && typeof raw.getBufferedAmount === "function")
    return raw.getBufferedAmount();
  return 0;
}

/** A close frame waits behind everything that the client does not take. `ws` and Bun can end at once. */
function terminate(raw: unknown): void {
  if (typeof raw !== "object" || raw === null) return;
  if ("terminate" in raw && typeof raw.terminate === "function") raw.terminate();
}
