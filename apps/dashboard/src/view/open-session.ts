import { Session } from "../data/session.ts";
import { systemClock } from "../source/browser-clock.ts";
import { openRelaySource } from "../source/relay-source.ts";
import type { Remembered } from "../source/secrets.ts";
import type { Problem } from "../source/source.ts";

/** Opens what the user asked for. @throws DirectSettingsError if the settings of a direct connection cannot be right */
export async function openSession(wanted: Remembered): Promise<Session> {
  const session = new Session({ now: () => Date.now() });
  if (wanted.kind === "relay") {
    session.attach(
      openRelaySource({
        baseUrl: wanted.url,
        readKey: () => wanted.secret,
        // Called without an object, as `fetch` has to be.
        fetch: (...args) => fetch(...args),
        clock: systemClock,
        random: Math.random,
        listener: session.listener,
        onClock: (aheadMs) => session.setClockAhead(aheadMs),
      }),
    );
    watchPolicy(session);
    return session;
  }
  const { openDirectSource } = await import("../source/direct-source.ts");
  const source = openDirectSource({
    brokerUrl: wanted.url,
    topic: wanted.topic,
    readToken: () => wanted.secret,
    listener: session.listener,
  });
  session.attach(source);
  watchPolicy(session);
  return session;
}

/** Nobody is kept waiting at a form for longer, in milliseconds. */
const ANSWER_MS = 5_000;

/** Waits until the other side has taken or refused the connection, or is not there. Gives the refusal; `null`: none so far. */
export function untilAnswered(session: Session): Promise<Problem | null> {
  return new Promise((resolve) => {
    const look = () => {
      const { link } = session.getState();
      if (link.type !== "connecting") answer(link.type === "refused" ? link.problem : null);
    };
    const answer = (refusal: Problem | null) => {
      stopLooking();
      stopWaiting();
      resolve(refusal);
    };
    const stopLooking = session.subscribe(look);
    const stopWaiting = systemClock.setTimer(ANSWER_MS, () => answer(null));
    look();
  });
}

/** Says so when the page's own Content-Security-Policy is what stands between it and the relay or broker. */
function watchPolicy(session: Session): void {
  const onViolation = ({ effectiveDirective, blockedURI }: SecurityPolicyViolationEvent) => {
    const address = session.source?.address;
    if (effectiveDirective !== "connect-src" || address === undefined) return;
    if (!URL.canParse(blockedURI) || new URL(blockedURI).host !== new URL(address).host) return;
    session.refuse({ code: "page-policy", message: null });
  };
  document.addEventListener("securitypolicyviolation", onViolation, { signal: session.ended });
}
