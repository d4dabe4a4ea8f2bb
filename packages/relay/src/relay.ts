import { TesaError } from "@tesa/core";
import { Hono } from "hono";
import { Admission } from "./admission.ts";
import { RelayCounts } from "./counts.ts";
import { createGuard } from "./http/guard.ts";
import { isLoopback } from "./http/loopback.ts";
import { Problem, problemResponse } from "./http/problem.ts";
import { Hub } from "./hub/hub.ts";
import { Tickets } from "./keys/tickets.ts";
import { DEFAULT_LIMITS, type RelayOptions } from "./options.ts";
import type { RelayParts } from "./parts.ts";
import { addRoutes } from "./routes/routes.ts";

/** A relay, to be served by any runtime. */
export interface Relay extends Disposable {
  /** The whole of it, to be mounted in another app. */
  readonly app: Hono;
  /** What a server calls: `Bun.serve({ fetch })`, `Deno.serve(fetch)`, `serve({ fetch })` of `@hono/node-server`. */
  readonly fetch: Hono["fetch"];
  /** Live clients. */
  readonly clients: number;
  /** Ends all live clients, and lets go of log and stream. May be called twice. */
  close(): void;
}

/**
 * Serves a log over HTTP: live with replay, history, devices, gaps.
 *
 * @throws TesaError `config` if it is to be open and not on the loopback interface, or an origin is none
 * @example
 * ```ts
 * const relay = createRelay({ log, clock: systemClock, hostname: "127.0.0.1", access: { type: "open" } });
 * Bun.serve({ hostname: "127.0.0.1", port: 8080, idleTimeout: 60, fetch: relay.fetch });
 * ```
 */
export function createRelay(options: RelayOptions): Relay {
  checkOptions(options);
  const { log, clock, stream, access, origins = [], onFailure = () => {} } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const { ring, heartbeatMs, stallMs } = limits;
  const counts = new RelayCounts();
  const hub = new Hub({ log, clock, stream, ring, heartbeatMs, stallMs, counts, onFailure });
  const parts: RelayParts = {
    options,
    limits,
    hub,
    admission: new Admission(limits),
    tickets: new Tickets(),
    counts,
  };
  const app = new Hono();
  app.onError((error, context) => problemResponse(context, asProblem(error, onFailure)));
  app.notFound((context) => problemResponse(context, NOT_FOUND));
  app.use("*", createGuard({ isOpen: access.type === "open", origins }));
  addRoutes(app, parts);
  const close = () => hub.close();
  return {
    app,
    fetch: app.fetch,
    get clients() {
      return parts.admission.clients;
    },
    close,
    [Symbol.dispose]: close,
  };
}

const NOT_FOUND = new Problem(404, "unknown-route", "There is nothing here. /openapi.json lists all.");

function checkOptions({ access, hostname, origins = [] }: RelayOptions): void {
  if (access.type === "open" && !isLoopback(hostname)) {
    throw new TesaError(
      "config",
      `The relay is to be open, without keys, on ${JSON.stringify(hostname)}. That is only possible on 127.0.0.1: ` +
        "set TESA_RELAY_SECRET, or HOST to 127.0.0.1.",
    );
  }
  if (access.type === "keys" && access.secrets.length === 0) {
    throw new TesaError("config", "The relay has no secret to check keys with. Set TESA_RELAY_SECRET.");
  }
  const wrong = origins.filter((origin) => !URL.canParse(origin) || new URL(origin).origin !== origin);
  if (wrong.length > 0) {
    throw new TesaError(
      "config",
      `${wrong.map((origin) => JSON.stringify(origin)).join(", ")} of TESA_RELAY_ORIGINS is no origin. ` +
        "An origin looks like https://app.example.com, without a path.",
    );
  }
}

function asProblem(error: unknown, onFailure: (error: unknown) => void): Problem {
  if (error instanceof Problem) return error;
  onFailure(error);
  // What an unexpected error says is for the operator, not for clients.
  if (error instanceof TesaError && error.code === "log") {
    return new Problem(503, "log-failed", "The log cannot be read now.", { "retry-after": "5" });
  }
  return new Problem(500, "internal", "Something went wrong in the relay.");
}
