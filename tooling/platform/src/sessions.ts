import type { Identity } from "./identity.ts";
import type { LedgerWriter } from "./ledger.ts";
import { type Delivery, Session } from "./session.ts";

/** The longest delay of a timer in JavaScript runtimes; sessions that last longer end there. */
const MAX_TIMER_MS = 2_147_483_647;

/** What a CONNECT asks for. */
export interface SessionRequest {
  readonly clientId: string;
  readonly identity: Identity;
  readonly protocolVersion: 4 | 5;
  readonly cleanStart: boolean;
  readonly expirySeconds: number;
}

/** Options of {@link SessionStore}. */
export interface SessionStoreOptions {
  readonly maxQueue: number;
  readonly ledger: LedgerWriter;
  /** A session is over; `deliveries` is what it had not acknowledged, in order. */
  readonly onEnd: (session: Session, deliveries: readonly Delivery[], options: EndOptions) => void;
}

/** How a session ends. */
export interface EndOptions {
  /** The client said goodbye (DISCONNECT, reason 0) with no expiry: EMQX loses what shared subscriptions held for it. */
  readonly isCleanShutdown: boolean;
}

/** The sessions, by client id. */
export class SessionStore {
  readonly #options: SessionStoreOptions;
  readonly #sessions = new Map<string, Session>();

  constructor(options: SessionStoreOptions) {
    this.#options = options;
  }

  /**
   * The session for a client that connects: the one it has, unless it wants a clean one. An older connection of the
   * same client id ends. A session never passes to another organisation.
   */
  open(request: SessionRequest): { readonly session: Session; readonly isPresent: boolean } {
    const old = this.#sessions.get(request.clientId);
    if (old !== undefined) {
      const outlet = old.outlet;
      old.detach();
      outlet?.takeOver();
      clearTimeout(old.expiryTimer);
    }
    const isPresent = old !== undefined && !request.cleanStart && isSameOwner(old.identity, request.identity);
    if (old !== undefined && !isPresent) this.end(old, { isCleanShutdown: false });
    const session = isPresent ? old : this.#create(request);
    session.protocolVersion = request.protocolVersion;
    session.expirySeconds = request.expirySeconds;
    return { session, isPresent };
  }

  /** A client's connection has ended: its session ends too, now or when it expires. */
  disconnected(session: Session, options: EndOptions): void {
    session.detach();
    if (session.expirySeconds === 0) {
      this.end(session, options);
      return;
    }
    const delayMs = Math.min(session.expirySeconds * 1_000, MAX_TIMER_MS);
    session.expiryTimer = setTimeout(() => this.end(session, { isCleanShutdown: false }), delayMs);
    session.expiryTimer.unref();
  }

  end(session: Session, options: EndOptions): void {
    clearTimeout(session.expiryTimer);
    if (this.#sessions.get(session.clientId) === session) this.#sessions.delete(session.clientId);
    this.#options.onEnd(session, session.takeAll(), options);
  }

  list(): Session[] {
    return [...this.#sessions.values()];
  }

  /** Ends all, as a broker that restarts: nothing goes to anybody else. */
  clear(): void {
    for (const session of this.list()) {
      session.detach();
      this.end(session, { isCleanShutdown: true });
    }
  }

  #create({ clientId, identity }: SessionRequest): Session {
    const { maxQueue, ledger } = this.#options;
    const session = new Session({ clientId, identity, maxQueue, ledger });
    this.#sessions.set(clientId, session);
    return session;
  }
}

/** A rotated token is the same owner; another device, or a device instead of an application, is not. */
function isSameOwner(a: Identity, b: Identity): boolean {
  if (a.organisation !== b.organisation) return false;
  return a.type === "device" && b.type === "device" ? a.deviceId === b.deviceId : a.type === b.type;
}
