import { useEffect } from "react";
import { systemClock } from "../source/browser-clock.ts";
import { watchForSleep } from "../source/sleep-watch.ts";
import type { Occasion } from "../source/source.ts";
import { useSession } from "./session-context.tsx";

/** A timer of a hidden page that comes later than this was stopped, and the page with it. */
const HIDDEN_LATE_MS = 90_000;

/** Looks after the connection when the machine or the page wakes up, comes into sight, or is online again. */
export function useRecovery(): void {
  const session = useSession();
  useEffect(() => {
    const wake = () => session.source?.checkNow("woken");
    const checkIfVisible = (occasion: Occasion) => {
      if (document.visibilityState === "visible") session.source?.checkNow(occasion);
    };
    const show = () => checkIfVisible("shown");
    const stopWatching = watchForSleep(systemClock, (sleptMs) => {
      // The timers of a hidden page are late without a sleep, by a minute at most.
      if (document.visibilityState === "visible" || sleptMs > HIDDEN_LATE_MS) session.noteSleep(sleptMs);
      checkIfVisible("woken");
    });
    addEventListener("online", wake);
    addEventListener("pageshow", show);
    document.addEventListener("resume", wake);
    document.addEventListener("visibilitychange", show);
    return () => {
      stopWatching();
      removeEventListener("online", wake);
      removeEventListener("pageshow", show);
      document.removeEventListener("resume", wake);
      document.removeEventListener("visibilitychange", show);
    };
  }, [session]);
}
