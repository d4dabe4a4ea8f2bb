import { TesaError } from "@tesa/core";
import { systemClock } from "@tesa/core/mqtt";
import { printable, type Service, type ServiceContext } from "@tesa/process";
import { createRelay, type Relay, type RelayAccess, type RelaySettings } from "@tesa/relay";
import { createDashboardHandler, type DashboardHandler, type DashboardOptions } from "@tesa/relay/dashboard";
import { upgradeWebSocket, websocket } from "hono/bun";

/** Longer than the relay's heartbeat, so that Bun takes no live stream for idle. In seconds. */
const IDLE_TIMEOUT_SECONDS = 60;
/** The relay takes nothing from clients but what stands in the address and the headers. */
const MAX_BODY_BYTES = 16 * 1024;
/** How long requests that are being answered may take at the end, in milliseconds. */
const STOP_TIMEOUT_MS = 2_000;

/** What the relay is served with. */
export interface ServeRelayOptions extends RelaySettings, ServiceContext {
  /** The page to serve beside it. */
  readonly dashboard: DashboardOptions | undefined;
  /** Whose telemetry is in the log: keys of others are refused. */
  readonly organisation: string;
}

/**
 * Serves the relay with Bun.
 * @throws TesaError `network` if the port is taken, `config` if the dashboard cannot be served
 */
export async function serveRelay(options: ServeRelayOptions): Promise<Service> {
  const { log, stream, status, hostname, port, origins, organisation, dashboard } = options;
  const page = dashboard === undefined ? () => undefined : createDashboardHandler(dashboard);
  const relay = createRelay({
    log,
    stream,
    clock: systemClock,
    access: withOrganisation(options.access, organisation),
    hostname,
    origins,
    keyCommand: "bun src/key.ts",
    upgradeWebSocket,
    onFailure: (error) => status.warn(`The relay: ${error instanceof Error ? error.message : String(error)}`),
  });
  const server = listen(relay, page, { hostname, port });
  status.note(`serving on ${printable(server.url.origin)}`);
  return {
    async close() {
      const stopped = server.stop();
      relay.close();
      // What is still open then, such as a connection that is kept alive, is cut.
      const timer = setTimeout(() => void server.stop(true), STOP_TIMEOUT_MS);
      await stopped;
      clearTimeout(timer);
    },
  };
}

function withOrganisation(access: RelayAccess, organisation: string): RelayAccess {
  return access.type === "keys" ? { ...access, organisation } : access;
}

function listen(
  relay: Relay,
  page: DashboardHandler,
  { hostname, port }: { readonly hostname: string; readonly port: number },
) {
  try {
    return Bun.serve({
      hostname,
      port,
      idleTimeout: IDLE_TIMEOUT_SECONDS,
      maxRequestBodySize: MAX_BODY_BYTES,
      // Bun's page about an error, with its source, is for developers.
      development: false,
      fetch: (request, server) => page(request) ?? relay.fetch(request, { server }),
      websocket: { ...websocket, maxPayloadLength: MAX_BODY_BYTES },
    });
  } catch (cause) {
    relay.close();
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TesaError("network", `Cannot serve on ${hostname}:${port}: ${reason}`, { cause });
  }
}
