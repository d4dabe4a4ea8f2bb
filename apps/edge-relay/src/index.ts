import { TesaError } from "@tesa/core";
import { systemClock } from "@tesa/core/mqtt/web";
import { createMemoryTelemetryLog } from "@tesa/log";
import { allowConnections, createRelay, Problem, problemResponse, verifyRelayKey } from "@tesa/relay";
import { Hono } from "hono";
import type { Env } from "./env.ts";
import { type FrontSettings, readSettings } from "./settings.ts";
import { openTicket, sealTicket } from "./tickets.ts";
import { upgradeWebSocket } from "./upgrade-web-socket.ts";

export { OrganisationRelay } from "./organisation-relay.ts";

const app: Hono<{ Bindings: Env }> = new Hono();

/** A WebSocket brings a ticket, which knows its organisation. */
app.get("/v1/ws", async ({ env, req }) => {
  const settings = await readSettings(env);
  const opened = await openTicket(req.query("ticket") ?? "", settings.secrets);
  if (opened === undefined) return withoutOrganisation(settings, req.raw);
  const url = new URL(req.url);
  url.searchParams.set("ticket", opened.ticket);
  return toOrganisation(env, opened.organisation, new Request(url, req.raw));
});

app.post("/v1/tickets", async ({ env, req }) => {
  const settings = await readSettings(env);
  const organisation = await organisationOf(req.raw, settings);
  if (organisation === undefined) return withoutOrganisation(settings, req.raw);
  const response = await toOrganisation(env, organisation, req.raw);
  const [secret] = settings.secrets;
  if (response.status !== 201 || secret === undefined) return response;
  const issued = await response.json<{ readonly ticket: string }>();
  const ticket = await sealTicket(organisation, issued.ticket, secret);
  return Response.json({ ...issued, ticket }, { status: 201, headers: response.headers });
});

/** The dashboard, if it was deployed. Its other files are served without the Worker. */
for (const path of ["/", "/index.html"]) {
  app.get(path, async ({ env, req }) => {
    const settings = await readSettings(env);
    const asset = await env.ASSETS.fetch(req.raw);
    if (asset.status === 404) return withoutOrganisation(settings, req.raw);
    return withPolicy(asset, settings.connect);
  });
}

app.all("*", async ({ env, req }) => {
  const settings = await readSettings(env);
  const organisation = await organisationOf(req.raw, settings);
  if (organisation === undefined) return withoutOrganisation(settings, req.raw);
  return toOrganisation(env, organisation, req.raw);
});

app.onError((error, context) => {
  // biome-ignore lint/suspicious/noConsole: it is how a Worker writes into its log.
  console.error(error instanceof TesaError ? error.message : error);
  return problemResponse(context, new Problem(500, "internal", "The relay does not work. Its log says why."));
});

export default app;

/** The organisation of a key that is good and of which there is a token; nothing else chooses one. */
async function organisationOf(
  { headers }: Request,
  { secrets, tokens }: FrontSettings,
): Promise<string | undefined> {
  const [, key = ""] = /^Bearer +([^\s]+)$/i.exec(headers.get("authorization") ?? "") ?? [];
  try {
    const { organisation } = await verifyRelayKey(key, { secrets, now: Date.now() });
    return organisation !== null && tokens.has(organisation) ? organisation : undefined;
  } catch (error) {
    if (error instanceof Problem) return undefined;
    throw error;
  }
}

/** The page as it was built, but for where it may connect to. */
function withPolicy(asset: Response, connect: readonly string[] | undefined): Response {
  const policy = asset.headers.get("Content-Security-Policy");
  if (connect === undefined || policy === null) return asset;
  const response = new Response(asset.body, asset);
  response.headers.set("Content-Security-Policy", allowConnections(policy, connect));
  return response;
}

function toOrganisation(env: Env, organisation: string, request: Request): Promise<Response> {
  return env.ORGANISATION.getByName(organisation).fetch(request);
}

/** What needs no organisation, and what is refused, is answered by a relay of nothing: with the same words. */
async function withoutOrganisation({ origins, secrets }: FrontSettings, request: Request): Promise<Response> {
  using relay = createRelay({
    log: createMemoryTelemetryLog({ random: Math.random, clock: systemClock }),
    clock: systemClock,
    // No key is for it: those of an organisation without a token are refused as another's.
    access: { type: "keys", secrets, organisation: "" },
    hostname: "edge",
    origins,
    upgradeWebSocket,
  });
  return await relay.fetch(request);
}
