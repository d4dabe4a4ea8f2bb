import { requestRelay } from "./relay-http.ts";

/** What is found at an address: a relay that is open, one that wants a key, or none. */
export type Probe = "open" | "key-needed" | "none";

/** Looks whether there is a relay, and whether it wants a key. */
export async function probeRelay(
  baseUrl: string,
  fetchIt: typeof fetch,
  signal: AbortSignal,
): Promise<Probe> {
  try {
    const relay = { baseUrl, readKey: () => null, fetch: fetchIt };
    const response = await requestRelay(relay, "/v1/access", { signal });
    const { access } = (await response.json()) as { readonly access?: unknown };
    return access === "open" ? "open" : access === "keys" ? "key-needed" : "none";
  } catch {
    // Nobody answers there, or somebody else does.
    return "none";
  }
}
