import { useEffect } from "react";
import { useSession } from "./session-context.tsx";

/** Looks after the connection when the page wakes up, comes into sight, or is online again. */
export function useRecovery(): void {
  const session = useSession();
  useEffect(() => {
    const check = () => {
      if (document.visibilityState === "visible") session.source?.checkNow();
    };
    addEventListener("online", check);
    addEventListener("pageshow", check);
    document.addEventListener("visibilitychange", check);
    return () => {
      removeEventListener("online", check);
      removeEventListener("pageshow", check);
      document.removeEventListener("visibilitychange", check);
    };
  }, [session]);
}

/** Says so when the page's own Content-Security-Policy is what stands between it and the relay or broker. */
export function usePolicyRefusal(): void {
  const session = useSession();
  useEffect(() => {
    const onViolation = ({ effectiveDirective, blockedURI }: SecurityPolicyViolationEvent) => {
      const address = session.source?.address;
      if (effectiveDirective !== "connect-src" || address === undefined) return;
      if (!URL.canParse(blockedURI) || new URL(blockedURI).host !== new URL(address).host) return;
      session.refuse({ code: "page-policy", message: null });
    };
    document.addEventListener("securitypolicyviolation", onViolation);
    return () => document.removeEventListener("securitypolicyviolation", onViolation);
  }, [session]);
}
