import { Buffer } from "node:buffer";
import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { HttpBindings } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { TesaError } from "@tesa/core";
import type { OpenByteStream } from "../http/web-outlet.ts";
import type { Outlet, OutletEvents } from "../hub/outlet.ts";

/**
 * Opens streams on Node's HTTP server (`serve()` of `@hono/node-server`) past its layers: what is written goes to the
 * socket as one chunk, framed once for all clients. A `ReadableStream` costs half as much again for each write.
 *
 * @example
 * ```ts
 * const relay = createRelay({ ...options, openStream: createNodeStreams() });
 * serve({ fetch: relay.fetch, hostname: "127.0.0.1", port: 8080 });
 * ```
 */
export function createNodeStreams(): OpenByteStream {
  const framed = createFraming();
  return (context, headers, events) => {
    const { outgoing } = context.env as Partial<HttpBindings>;
    if (outgoing === undefined) {
      throw new TesaError("usage", "createNodeStreams() works with serve() of @hono/node-server only.");
    }
    // It gathers what was set on the answer before.
    const head = context.newResponse(null, 200, headers);
    outgoing.writeHead(200, { ...Object.fromEntries(head.headers), "transfer-encoding": "chunked" });
    outgoing.flushHeaders();
    return { response: RESPONSE_ALREADY_SENT.clone(), outlet: new NodeOutlet(outgoing, framed, events) };
  };
}

class NodeOutlet implements Outlet<Uint8Array<ArrayBuffer>> {
  readonly #response: ServerResponse;
  readonly #socket: Socket | null;
  readonly #framed: (piece: Uint8Array) => Buffer;

  constructor(response: ServerResponse, framed: (piece: Uint8Array) => Buffer, events: OutletEvents) {
    this.#response = response;
    this.#socket = response.socket;
    this.#framed = framed;
    this.#socket?.on("drain", events.onReady);
    response.once("close", () => {
      this.#socket?.off("drain", events.onReady);
      events.onGone();
    });
    // It may have gone while its key was looked at.
    if (response.destroyed) queueMicrotask(events.onGone);
  }

  get isReady(): boolean {
    return this.#socket?.writableNeedDrain === false;
  }

  write(pieces: readonly Uint8Array<ArrayBuffer>[]): void {
    for (const piece of pieces) this.#socket?.write(this.#framed(piece));
  }

  close(): void {
    this.#response.end();
  }

  abort(): void {
    this.#response.destroy();
  }
}

/** Makes chunks of `Transfer-Encoding: chunked` (RFC 9112, section 7.1). The same piece goes to many clients in a row. */
function createFraming(): (piece: Uint8Array) => Buffer {
  let last: { readonly piece: Uint8Array; readonly chunk: Buffer } | undefined;
  return (piece) => {
    if (last?.piece !== piece) {
      const size = Buffer.from(`${piece.length.toString(16)}\r\n`, "latin1");
      last = { piece, chunk: Buffer.concat([size, piece, LINE_BREAK]) };
    }
    return last.chunk;
  };
}

const LINE_BREAK = Buffer.from("\r\n", "latin1");
