import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type LogEntry, toNdjson } from "@tesa/core";
import type { Contender } from "./contender.ts";

/** How a peer hands on a message. */
export type LoopVariant = "plain" | "once";

const HEADERS = { "content-type": "text/event-stream", "cache-control": "no-store" };
const encoder = new TextEncoder();

/**
 * The peers, as one writes them: a loop over the clients' streams, with the runtime's own server. `plain` encodes the
 * message for each client, `once` for all of them together.
 */
export function createLoop(variant: LoopVariant): Promise<Contender> {
  return typeof Bun === "undefined" ? loopOnNode(variant) : loopOnBun(variant, Bun);
}

async function loopOnNode(variant: LoopVariant): Promise<Contender> {
  const clients = new Set<ServerResponse>();
  const server = createServer((_request, response) => {
    response.writeHead(200, HEADERS).flushHeaders();
    clients.add(response);
    response.once("close", () => clients.delete(response));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const publish = createPublish(variant, {
    plain: (encode) => {
      for (const client of clients) client.write(encode());
    },
    once: (encode) => {
      const bytes = encoder.encode(encode());
      for (const client of clients) client.write(bytes);
    },
  });
  return { publish, port: (server.address() as AddressInfo).port };
}

async function loopOnBun(variant: LoopVariant, bun: NonNullable<typeof Bun>): Promise<Contender> {
  const clients = new Set<ReadableStreamDefaultController<Uint8Array>>();
  const respond = () => {
    let own: ReadableStreamDefaultController<Uint8Array> | undefined;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        own = controller;
        clients.add(controller);
      },
      cancel: () => {
        if (own !== undefined) clients.delete(own);
      },
    });
    return new Response(body, { headers: HEADERS });
  };
  const { port } = bun.serve({ hostname: "127.0.0.1", port: 0, idleTimeout: 0, fetch: respond });
  const publish = createPublish(variant, {
    plain: (encode) => {
      for (const client of clients) client.enqueue(encoder.encode(encode()));
    },
    once: (encode) => {
      const bytes = encoder.encode(encode());
      for (const client of clients) client.enqueue(bytes);
    },
  });
  return { publish, port };
}

function createPublish(
  variant: LoopVariant,
  write: Readonly<Record<LoopVariant, (encode: () => string) => void>>,
): (entry: LogEntry) => void {
  let seq = 0;
  return ({ message }) => {
    seq += 1;
    const numbered = { ...message, seq };
    write[variant](
      () => `id: 0123456789abcdef0123456789abcdef:${numbered.seq}\ndata: ${toNdjson(numbered)}\n\n`,
    );
  };
}
