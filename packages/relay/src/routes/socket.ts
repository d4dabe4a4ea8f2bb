import type { Context, MiddlewareHandler } from "hono";
import type { WSContext, WSEvents } from "hono/ws";
import { Problem } from "../http/problem.ts";
import { SocketOutlet } from "../http/socket-outlet.ts";
import { frameWire } from "../hub/wire.ts";
import { authorizeFor, type RelayParts } from "../parts.ts";
import { arrive, readLiveRequest, SOCKET_PARAMETERS } from "./live.ts";

/** `POST /v1/tickets`: a ticket with what the key allows. */
export async function ticketsRoute(parts: RelayParts, context: Context): Promise<Response> {
  const grant = await authorizeFor(parts, context, "stream");
  context.header("cache-control", "no-store");
  return context.json(parts.tickets.issue(grant, parts.options.clock.now()), 201);
}

/** `GET /v1/ws`: the same as the stream, as text frames. */
export function socketRoute(parts: RelayParts): MiddlewareHandler {
  const { upgradeWebSocket, clock } = parts.options;
  if (upgradeWebSocket === undefined) {
    return () => {
      throw new Problem(501, "not-available", "This server opens no WebSockets. /v1/stream has the same.");
    };
  }
  const upgrade: MiddlewareHandler = upgradeWebSocket((context) => openSocket(parts, context));
  return (context, next) => {
    if (context.req.header("upgrade")?.toLowerCase() !== "websocket") {
      throw new Problem(426, "bad-request", "Open a WebSocket here.", { upgrade: "websocket" });
    }
    return upgrade(context, next);
  };

  async function openSocket(parts: RelayParts, context: Context): Promise<WSEvents> {
    const grant = parts.tickets.redeem(context.req.query("ticket"), clock.now());
    const arrival = await arrive(parts, readLiveRequest(context, grant, SOCKET_PARAMETERS));
    // A socket that never opens must not count as a client for ever.
    const cancelTimer = clock.setTimer(OPEN_WITHIN_MS, arrival.cancel);
    let outlet: SocketOutlet | undefined;
    const gone = () => {
      cancelTimer();
      if (outlet === undefined) arrival.cancel();
      else outlet.gone();
    };
    return {
      onOpen: (_event, socket: WSContext) => {
        cancelTimer();
        arrival.attach({ wire: frameWire, ...parts.hub.frames }, (events) => {
          outlet = new SocketOutlet(socket, clock, events);
          return outlet;
        });
      },
      onClose: gone,
      onError: gone,
    };
  }
}

const OPEN_WITHIN_MS = 10_000;
