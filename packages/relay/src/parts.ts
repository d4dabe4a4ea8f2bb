import type { Context } from "hono";
import type { Admission } from "./admission.ts";
import type { RelayCounts } from "./counts.ts";
import type { Hub } from "./hub/hub.ts";
import { authorize } from "./keys/authorize.ts";
import type { RelayScope } from "./keys/claims.ts";
import type { Grant } from "./keys/grant.ts";
import type { Tickets } from "./keys/tickets.ts";
import type { RelayLimits, RelayOptions } from "./options.ts";

/** What the routes are made of. */
export interface RelayParts {
  readonly options: RelayOptions;
  readonly limits: RelayLimits;
  readonly hub: Hub;
  readonly admission: Admission;
  readonly tickets: Tickets;
  readonly counts: RelayCounts;
}

/** @throws Problem 401 or 403 */
export function authorizeFor({ options }: RelayParts, context: Context, scope: RelayScope): Promise<Grant> {
  const { access, clock, keyCommand } = options;
  return authorize(context, scope, { access, keyCommand, now: clock.now() });
}
