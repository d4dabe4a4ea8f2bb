import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import { createDashboardHandler, type DashboardOptions } from "../serve/index.ts";

/** The page alone, without a relay behind it. */
export async function servePage(
  options: DashboardOptions,
): Promise<AsyncDisposable & { readonly url: string }> {
  const handler = createDashboardHandler(options);
  const server = serve({
    fetch: (request) => handler(request) ?? new Response("There is nothing here.", { status: 404 }),
    hostname: "127.0.0.1",
    port: 0,
  });
  await new Promise<void>((resolve) => server.once("listening", () => resolve()));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      if ("closeAllConnections" in server) server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
