/** The Worker with an entry that the deployed one does not have: it ends an organisation's Durable Object at once. */

import type { Env } from "../src/env.ts";
import app, { OrganisationRelay } from "../src/index.ts";

class AbortableRelay extends OrganisationRelay {
  override async fetch(request: Request): Promise<Response> {
    if (new URL(request.url).pathname === "/test/abort") this.ctx.abort("by a test");
    return await super.fetch(request);
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
