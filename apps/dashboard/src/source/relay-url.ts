/** Why an address cannot be that of a relay. */
export type RelayUrlProblem = "badUrl" | "insecureUrl";

/**
 * Reads the address of a relay. Plain http is for this machine, and for the very server that the page came from: there
 * the choice has been made already.
 */
export function parseRelayUrl(
  text: string,
  pageOrigin: string,
): { readonly baseUrl: string } | { readonly problem: RelayUrlProblem } {
  const typed = text.trim();
  if (typed === "") return { baseUrl: pageOrigin };
  if (!URL.canParse(typed)) return { problem: "badUrl" };
  const url = new URL(typed);
  if (url.protocol !== "http:" && url.protocol !== "https:") return { problem: "badUrl" };
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    return { problem: "badUrl" };
  }
  if (url.protocol === "http:" && !isLoopback(url.hostname) && url.origin !== pageOrigin) {
    return { problem: "insecureUrl" };
  }
  return { baseUrl: `${url.origin}${url.pathname.replace(/\/+$/, "").replace(/\/v1$/, "")}` };
}

function isLoopback(hostname: string): boolean {
  return /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}
