import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { openStream, parseConfig, parseToken } from "@tesa/core";
import { createMqttTransport, systemClock } from "@tesa/core/mqtt";
import { createMemoryTelemetryLog } from "@tesa/log";
import type { Platform } from "@tesa/platform";
import { createRelay } from "@tesa/relay";
import { createDashboardHandler } from "@tesa/relay/dashboard";
import { createNodeStreams } from "@tesa/relay/node";

/** The dashboard of a demo, on a port of this machine. */
export interface DemoPage extends AsyncDisposable {
  readonly url: string;
  /** Gives it a relay that follows the platform's devices. */
  follow(box: Platform, tokenText: string): void;
}

type Answer = (request: Request, env: object) => Response | Promise<Response>;

const STARTING =
  '<!doctype html><meta http-equiv="refresh" content="1"><title>Tesa</title><p>The demo is starting.</p>';

/** Opens the page's server; `undefined` where the dashboard is not at hand, as in a copy of this app. */
export async function openDemoPage(): Promise<DemoPage | undefined> {
  const parts = await loadParts();
  if (parts === undefined) return undefined;
  const { serve, dashboard } = parts;
  const closers: (() => Promise<unknown>)[] = [];
  let answer: Answer = () => new Response(STARTING, { headers: { "content-type": "text/html" } });
  const server = serve({ fetch: (request, env) => answer(request, env), hostname: "127.0.0.1", port: 0 });
  await new Promise<void>((resolve, reject) => {
    server.once("listening", () => resolve());
    server.once("error", reject);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    follow(box, tokenText) {
      const relay = openRelay(box, tokenText);
      closers.push(relay.close);
      // Built when somebody looks at it first, and only if it is missing or older than its source.
      let page: Promise<(request: Request) => Response | undefined> | undefined;
      const openPage = async () => {
        await dashboard.ensureBuilt();
        return createDashboardHandler({ folder: dashboard.DASHBOARD_FOLDER });
      };
      answer = async (request, env) => {
        if (new URL(request.url).pathname.startsWith("/v1/")) return relay.fetch(request, env);
        page ??= openPage();
        return (await page)(request) ?? relay.fetch(request, env);
      };
    },
    async [Symbol.asyncDispose]() {
      for (const close of closers) await close();
      if ("closeAllConnections" in server) server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** What of the dashboard is needed. */
interface Dashboard {
  readonly DASHBOARD_FOLDER: string;
  ensureBuilt(): Promise<boolean>;
}

/** No literal where it is imported: nobody who checks the types of a copy finds it there. */
const DASHBOARD: string = "dashboard/serve";

async function loadParts() {
  try {
    const [{ serve }, dashboard] = await Promise.all([import("@hono/node-server"), import(DASHBOARD)]);
    return { serve, dashboard: dashboard as Dashboard };
  } catch {
    // A copy of this app comes without the dashboard: then there is no link, and all else works.
    return undefined;
  }
}

/** An open relay over a log in memory, on a stream of its own. */
function openRelay(box: Platform, tokenText: string) {
  const log = createMemoryTelemetryLog({ random: Math.random, clock: systemClock });
  const token = parseToken(tokenText);
  const stream = openStream({
    config: parseConfig({ MQTT_BROKER_URL: box.urls.wss, MQTT_API_TOKEN: tokenText }),
    readToken: () => token,
    transport: createMqttTransport({ caCertificates: readFileSync(box.caCertPath, "utf8") }),
    clock: systemClock,
    random: Math.random,
    log,
  });
  const relay = createRelay({
    log,
    clock: systemClock,
    stream,
    hostname: "127.0.0.1",
    access: { type: "open" },
    openStream: createNodeStreams(),
  });
  const reading = readAll(stream.batches());
  return {
    fetch: relay.fetch,
    close: async () => {
      relay.close();
      await stream.close();
      await reading;
      await log.close();
    },
  };
}

async function readAll(batches: AsyncIterable<{ done(): void }>): Promise<void> {
  try {
    for await (const batch of batches) batch.done();
  } catch {
    // The page tells the state of the stream; the terminal has a stream of its own.
  }
}
