import type { Context } from "hono";
import type { Outlet, OutletEvents } from "../hub/outlet.ts";

/** What is written to one client and not yet sent, in bytes, from which on it counts as slow. */
const HIGH_WATER_BYTES = 64 * 1024;

/** An answer whose body is written piece by piece. */
export interface OpenedStream {
  readonly response: Response;
  readonly outlet: Outlet<Uint8Array<ArrayBuffer>>;
}

/** How a runtime opens such an answer; what has been set on the context's answer is part of it. */
export type OpenByteStream = (
  context: Context,
  headers: Readonly<Record<string, string>>,
  events: OutletEvents,
) => OpenedStream;

/** The way of web standards: a `ReadableStream`. Its queue tells when the runtime has sent what was written. */
export const openWebStream: OpenByteStream = (context, headers, events) => {
  const outlet = new WebOutlet(events);
  const { signal } = context.req.raw;
  // Some runtimes cancel the body of a client that has gone, some only abort its request.
  if (signal.aborted) queueMicrotask(() => outlet.close());
  else signal.addEventListener("abort", () => outlet.close(), { once: true });
  return { response: context.newResponse(outlet.body, 200, headers), outlet };
};

class WebOutlet implements Outlet<Uint8Array<ArrayBuffer>> {
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly #events: OutletEvents;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  /** Whether somebody found it full and waits. */
  #wasFull = false;

  constructor(events: OutletEvents) {
    this.#events = events;
    const source: UnderlyingDefaultSource<Uint8Array<ArrayBuffer>> = {
      start: (controller) => {
        this.#controller = controller;
      },
      pull: () => this.#onPull(),
      cancel: () => this.#end(),
    };
    const size = (chunk?: Uint8Array) => chunk?.byteLength ?? 0;
    this.body = new ReadableStream(source, { highWaterMark: HIGH_WATER_BYTES, size });
  }

  get isReady(): boolean {
    this.#wasFull = (this.#controller?.desiredSize ?? 0) <= 0;
    return !this.#wasFull;
  }

  write(pieces: readonly Uint8Array[]): void {
    for (const piece of pieces) this.#controller?.enqueue(piece);
  }

  close(): void {
    this.#controller?.close();
    this.#end();
  }

  abort(): void {
    this.#controller?.error(new Error("The client was given up."));
    this.#end();
  }

  /** Comes with each write, so it must cost nothing. */
  #onPull(): void {
    if (!this.#wasFull) return;
    this.#wasFull = false;
    this.#events.onReady();
  }

  #end(): void {
    this.#controller = undefined;
    this.#events.onGone();
  }
}
