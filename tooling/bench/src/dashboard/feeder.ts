// The process that serves the pages and feeds them, in place of a relay.
import type { ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type HttpBindings, serve } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { createDashboardHandler } from "dashboard/serve";
import { EncodedEvents } from "./encoded-events.ts";
import { feed } from "./feed.ts";
import type { FeederTask, FromFeeder, ToFeeder } from "./protocol.ts";

const task = JSON.parse(process.argv[2] ?? "") as FeederTask;
const events = new EncodedEvents(task.devices);
const dashboard = createDashboardHandler({ folder: task.dashboardFolder });
const peer = createDashboardHandler({ folder: task.peerFolder });
let stream: ServerResponse | undefined;

const HTML = { "content-type": "text/html" };

const server = serve(
  {
    hostname: "127.0.0.1",
    port: 0,
    fetch: (request, env) => answer(request, env as HttpBindings),
  },
  (address: AddressInfo) => tell({ type: "listening", port: address.port }),
);
process.on("message", ({ readings, ratePerSecond }: ToFeeder) => {
  if (stream === undefined) throw new Error("No page has opened the stream.");
  feed(stream, { events, readings, ratePerSecond, onDue: () => tell({ type: "due" }) });
});
// Nobody is there to measure for.
process.on("disconnect", () => {
  server.close();
  process.exit(0);
});

function answer(request: Request, { outgoing }: HttpBindings): Response {
  const { pathname } = new URL(request.url);
  if (pathname === "/v1/stream") return openStream(outgoing as ServerResponse);
  if (pathname === "/v1/access") return Response.json({ access: "open" });
  if (pathname === "/v1/devices") return Response.json({ devices: [] });
  if (pathname === "/v1/gaps") return Response.json({ gaps: [] });
  if (pathname === "/v1/telemetry") return Response.json({ messages: [], next: null });
  if (pathname === "/empty") return new Response("<!doctype html><title>Empty</title>", { headers: HTML });
  const found = pathname.startsWith("/peer/")
    ? peer(new Request(new URL(pathname.slice("/peer".length), request.url)))
    : dashboard(request);
  return found ?? new Response("There is nothing here.", { status: 404 });
}

/** Begins as the relay does: the place in the log, and the state of its own link. */
function openStream(response: ServerResponse): Response {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  const state = JSON.stringify({ type: "live", since: Date.now() });
  response.write(`id: ${events.lastId}\n\nevent: state\ndata: ${state}\n\n`);
  stream = response;
  tell({ type: "opened" });
  return RESPONSE_ALREADY_SENT.clone();
}

function tell(message: FromFeeder): void {
  process.send?.(message);
}
