import { RelayRefusal, requestRelay } from "./relay-http.ts";

/** What is found at an address: a relay that is open, one that wants a key, or none. */
export type Probe = "open" | "key-needed" | "none";

/** Looks whether there is a relay, without a key. */
export async function probeRelay(
  baseUrl: string,
  fetchIt: typeof fetch,
  signal: AbortSignal,
): Promise<Probe> {
  try {
    const response = await requestRelay({ baseUrl, readKey: () => null, fetch: fetchIt }, "/v1/devices", {
      signal,
    });
    const content = (await response.json()) as { readonly devices?: unknown };
    return Array.isArray(content.devices) ? "open" : "none";
  } catch (error) {
    return error instanceof RelayRefusal && error.status === 401 ? "key-needed" : "none";
  }
}
