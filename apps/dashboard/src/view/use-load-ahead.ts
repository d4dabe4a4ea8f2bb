import { useEffect } from "react";
import { loadAhead } from "./lazy-part.ts";
import { useSessionState } from "./session-context.tsx";

/** What is on the page comes first; so long after the connection is there, the rest of it may be loaded. */
const LATER_MS = 5_000;

/** Loads the parts of the page that are not shown yet, while the page has nothing to do and there is a connection. */
export function useLoadAhead(): void {
  const isLive = useSessionState().link.type === "live";
  useEffect(() => {
    if (!isLive) return;
    const timer = setTimeout(() => {
      // Not every browser tells when it is idle.
      if (typeof requestIdleCallback === "function") requestIdleCallback(() => void loadAhead());
      else void loadAhead();
    }, LATER_MS);
    return () => clearTimeout(timer);
  }, [isLive]);
}
