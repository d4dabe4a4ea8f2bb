import type { Context, Hono } from "hono";
import { openApiDocument } from "../contract/openapi.ts";
import { Problem } from "../http/problem.ts";
import type { RelayParts } from "../parts.ts";
import { accessRoute } from "./access.ts";
import { devicesRoute } from "./devices.ts";
import { gapsRoute } from "./gaps.ts";
import { healthRoute, readyRoute } from "./health.ts";
import { metricsRoute } from "./metrics.ts";
import { socketRoute, ticketsRoute } from "./socket.ts";
import { streamRoute } from "./stream.ts";
import { telemetryRoute } from "./telemetry.ts";

type Handler = (context: Context) => Response | Promise<Response>;

/** Adds every route, and the answer to other methods. */
export function addRoutes(app: Hono, parts: RelayParts): void {
  const get = (path: string, handler: Handler) => {
    app.get(path, (context) => (context.req.method === "GET" ? handler(context) : refuse("GET")));
    app.all(path, () => refuse("GET"));
  };
  get("/v1/access", (context) => accessRoute(parts, context));
  get("/v1/stream", (context) => streamRoute(parts, context));
  get("/v1/telemetry", (context) => telemetryRoute(parts, context));
  get("/v1/devices", (context) => devicesRoute(parts, context));
  get("/v1/gaps", (context) => gapsRoute(parts, context));
  get("/healthz", healthRoute);
  get("/readyz", (context) => readyRoute(parts, context));
  get("/metrics", (context) => metricsRoute(parts, context));
  get("/openapi.json", (context) => context.json(openApiDocument()));
  app.get("/v1/ws", socketRoute(parts));
  app.all("/v1/ws", () => refuse("GET"));
  app.post("/v1/tickets", (context) => ticketsRoute(parts, context));
  app.all("/v1/tickets", () => refuse("POST"));
}

function refuse(allowed: string): never {
  throw new Problem(405, "method-not-allowed", `Only ${allowed} is possible here.`, { allow: allowed });
}
