import { type RenderResult, render } from "@testing-library/react";
import type { ReactElement } from "react";
import { Session } from "../data/session.ts";
import { PreferencesProvider } from "../view/preferences.tsx";
import { SessionContext } from "../view/session-context.tsx";

/** A component as it stands in the page: with words, a session that is live, and a way out of it. */
export interface Shown {
  readonly session: Session;
  readonly view: RenderResult;
  /** How often somebody has left. */
  readonly left: () => number;
}

export function show(element: ReactElement, session: Session = liveSession()): Shown {
  let left = 0;
  const leave = () => {
    left += 1;
  };
  const view = render(
    <PreferencesProvider>
      <SessionContext value={{ session, leave }}>{element}</SessionContext>
    </PreferencesProvider>,
  );
  return { session, view, left: () => left };
}

/** A session whose clock stands at ten seconds, and that has been live since its beginning. */
export function liveSession(): Session {
  const session = new Session({ now: () => 10_000 });
  session.listener.onLink({ type: "live", since: 0 });
  return session;
}
