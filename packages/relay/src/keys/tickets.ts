import { base64url } from "jose";
import { Problem } from "../http/problem.ts";
import type { Grant } from "./grant.ts";

/** How long a ticket may be used, in milliseconds. */
const TICKET_LIFE_MS = 30_000;
/** So many may be open at once; a client opens its WebSocket within a second. */
const MAX_TICKETS = 10_000;

/** A ticket opens one WebSocket: browsers cannot send a key with it, and URLs end up in logs. */
export class Tickets {
  /** In the order in which they end. */
  readonly #open = new Map<string, { readonly grant: Grant; readonly endsAt: number }>();

  /** @throws Problem 503 when too many are open */
  issue(grant: Grant, now: number): { readonly ticket: string; readonly expiresAt: number } {
    for (const [ticket, { endsAt }] of this.#open) {
      if (endsAt > now) break;
      this.#open.delete(ticket);
    }
    if (this.#open.size >= MAX_TICKETS) {
      throw new Problem(503, "too-many-clients", "Too many tickets are open. Try again in a while.", {
        "retry-after": "5",
      });
    }
    const ticket = base64url.encode(crypto.getRandomValues(new Uint8Array(32)));
    const expiresAt = now + TICKET_LIFE_MS;
    this.#open.set(ticket, { grant, endsAt: expiresAt });
    return { ticket, expiresAt };
  }

  /** Uses it up. @throws Problem 401 if there is none such any more */
  redeem(ticket: string | undefined, now: number): Grant {
    const found = this.#open.get(ticket ?? "");
    this.#open.delete(ticket ?? "");
    if (found !== undefined && found.endsAt > now) return found.grant;
    throw new Problem(
      401,
      "ticket-invalid",
      "Give ?ticket=, from POST /v1/tickets; each opens one WebSocket within 30 s.",
    );
  }
}
