import { useSyncExternalStore } from "react";

/** Which view is shown; it stands behind the `#`, which never reaches a server. */
export type Route = { readonly view: "fleet" } | { readonly view: "device"; readonly deviceId: string };

export function parseRoute(hash: string): Route {
  const match = /^#\/device\/(.*)$/s.exec(hash);
  if (match?.[1] === undefined) return { view: "fleet" };
  try {
    return { view: "device", deviceId: decodeURIComponent(match[1]) };
  } catch {
    // Typed by hand, with a lone percent sign.
    return { view: "fleet" };
  }
}

export const FLEET_HREF = "#/";

export function deviceHref(deviceId: string): string {
  // A lone half of a surrogate pair cannot be encoded.
  return `#/device/${encodeURIComponent(deviceId.toWellFormed())}`;
}

export function useRoute(): Route {
  const hash = useSyncExternalStore(watchHash, () => location.hash);
  return parseRoute(hash);
}

function watchHash(onChange: () => void): () => void {
  addEventListener("hashchange", onChange);
  return () => removeEventListener("hashchange", onChange);
}
