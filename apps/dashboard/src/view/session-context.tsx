import { createContext, use, useSyncExternalStore } from "react";
import type { Session, SessionState } from "../data/session.ts";

/** The session that is shown, and how to leave it. */
export interface SessionHandle {
  readonly session: Session;
  /** Back to where the connection is chosen. */
  leave(): void;
}

export const SessionContext = createContext<SessionHandle | null>(null);

export function useSessionHandle(): SessionHandle {
  const handle = use(SessionContext);
  if (handle === null) throw new Error("useSessionHandle() needs a <SessionContext> around it.");
  return handle;
}

export function useSession(): Session {
  return useSessionHandle().session;
}

export function useSessionState(): SessionState {
  const session = useSession();
  return useSyncExternalStore(session.subscribe, session.getState);
}
