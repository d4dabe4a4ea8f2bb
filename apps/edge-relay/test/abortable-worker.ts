/**
 * The Worker with an entry that the deployed one does not have: it ends an organisation's Durable Object at once. Each alarm
 * is written into the log.
 */

import type { Env } from "../src/env.ts";
import app, { OrganisationRelay } from "../src/index.ts";

/** Whether the next alarm finds settings that cannot be used. */
let isMisconfigured = false;

class AbortableRelay extends OrganisationRelay {
  override async fetch(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/test/abort") {
      isMisconfigured = searchParams.has("misconfigured");
      this.ctx.abort("by a test");
    }
    return await super.fetch(request);
  }

  override async alarm(): Promise<void> {
    // biome-ignore lint/suspicious/noConsole: the test reads it.
    console.log(`alarm of ${this.ctx.id.name}`);
    const { env } = this;
    if (isMisconfigured) this.env = { ...env, MQTT_API_TOKEN: "" };
    isMisconfigured = false;
    try {
      await super.alarm();
    } finally {
      this.env = env;
    }
  }
}

export { AbortableRelay as OrganisationRelay };

export default {
  async fetch(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
    const url = new URL(request.url);
    if (url.pathname !== "/test/abort") return await app.fetch(request, env, ctx);
    const gone = env.ORGANISATION.getByName(url.searchParams.get("organisation") ?? "").fetch(request);
    return await gone.catch((error: unknown) => new Response(String(error)));
  },
};
