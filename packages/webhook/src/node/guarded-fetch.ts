import { type LookupAddress, type LookupAllOptions, lookup } from "node:dns";
import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from "node:http";
import { Agent as HttpsAgent, request as requestHttps } from "node:https";
import type { LookupFunction } from "node:net";
import { Readable } from "node:stream";
import type { ReadableStream as NodeReadableStream } from "node:stream/web";
import { TesaError } from "@tesa/core";
import type { WebhookFetch, WebhookResponse } from "../fetch.ts";
import { findAddressProblem, parseTarget } from "../target.ts";
import { connectGuardedAgents } from "./connect-guard.ts";

type Init = Parameters<WebhookFetch>[1];

/** Resolves a host name to all its addresses, as `node:dns`' `lookup`. */
export type ResolveAll = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/**
 * A `fetch` for webhooks on Node, Bun and Deno that looks at the address before it connects, each time: a host name
 * that leads to a link-local or metadata address is refused even if it led elsewhere a moment ago, since there is no
 * second resolution between the check and the connection. (On Deno it looks when the connection stands, before it sends
 * anything: {@link connectGuardedAgents}.) Connections are kept and used again.
 *
 * Certificates are verified; `NODE_EXTRA_CA_CERTS` adds an authority. Proxies are not used.
 *
 * @param options.resolve For tests. @default `lookup` of `node:dns`
 */
export function createGuardedFetch(options: { readonly resolve?: ResolveAll } = {}): WebhookFetch {
  const isDeno = "Deno" in globalThis;
  const agents =
    isDeno && options.resolve === undefined
      ? connectGuardedAgents()
      : lookupGuardedAgents(options.resolve ?? lookup);
  const send: WebhookFetch = async (url, init) => {
    const { problems } = parseTarget(url, { checksAddresses: true });
    if (problems.length > 0)
      throw new TesaError("config", `The webhook cannot be used: ${problems.join("; ")}.`);
    const agent = url.startsWith("https:") ? agents["https:"] : agents["http:"];
    try {
      return await sendOnce(url, init, agent);
    } catch (error) {
      // The other side had closed the kept connection just then; a new one tells whether it is there.
      if (!isStale(error)) throw error;
      return sendOnce(url, init, agent);
    }
  };
  return Object.assign(send, { checksAddresses: true });
}

function lookupGuardedAgents(resolve: ResolveAll) {
  return {
    "http:": new HttpAgent({ keepAlive: true, lookup: guardedLookup(resolve, { plainHttp: true }) }),
    "https:": new HttpsAgent({ keepAlive: true, lookup: guardedLookup(resolve, { plainHttp: false }) }),
  };
}

/** A connection that had been used before and was gone when it was used again. */
class StaleConnection extends Error {}

function isStale(error: unknown): boolean {
  return error instanceof Error && error.cause instanceof StaleConnection;
}

function sendOnce(url: string, init: Init, agent: HttpAgent | HttpsAgent): Promise<WebhookResponse> {
  const { method, headers, body, signal } = init;
  const request = url.startsWith("https:") ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const sent = request(url, {
      method,
      headers: { ...headers, "content-length": String(body.length) },
      agent,
      signal,
    });
    sent.on("response", (message) => resolve(asResponse(message)));
    sent.on("error", (error: NodeJS.ErrnoException) => {
      const stale = sent.reusedSocket && (error.code === "ECONNRESET" || error.code === "EPIPE");
      reject(stale ? new Error(error.message, { cause: new StaleConnection(error.code) }) : error);
    });
    sent.end(body);
  });
}

function asResponse(message: IncomingMessage): WebhookResponse {
  return {
    status: message.statusCode ?? 0,
    headers: { get: (name) => firstOf(message.headers[name.toLowerCase()]) },
    body: asWebStream(Readable.toWeb(message)),
  };
}

/** Node declares the web's streams a second time; they are the same objects. */
function asWebStream(stream: NodeReadableStream): ReadableStream<Uint8Array> {
  return stream as ReadableStream<Uint8Array>;
}

function firstOf(value: string | readonly string[] | undefined): string | null {
  return (typeof value === "string" ? value : value?.[0]) ?? null;
}

/** A lookup that fails if any of the addresses must not be sent to: a name that mixes them is up to something. */
function guardedLookup(resolve: ResolveAll, options: { readonly plainHttp: boolean }): LookupFunction {
  return (hostname, lookupOptions, callback) => {
    resolve(hostname, { ...lookupOptions, all: true }, (error, addresses) => {
      if (error !== null) {
        callback(error, "");
        return;
      }
      const problem = addresses
        .map(({ address }) => findAddressProblem(hostname, address, options))
        .find((found) => found !== undefined);
      const first = addresses[0];
      if (problem !== undefined)
        callback(new TesaError("config", `The webhook cannot be used: ${problem}.`), "");
      else if (first === undefined) callback(noAddress(hostname), "");
      else if (lookupOptions.all === true) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

function noAddress(hostname: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${hostname} has no address`), { code: "ENOTFOUND" });
}
