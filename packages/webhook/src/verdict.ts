/** What an answer means for the batch that was sent. */
export type Verdict =
  /** The receiver has it. */
  | "delivered"
  /** Something in it is not wanted: it is split until the message is found. */
  | "refused"
  /** The receiver cannot take anything now: the same again later. */
  | "down"
  /** Nothing would be taken before somebody mends something. */
  | "paused";

/** Request timeout, too early, too many requests: they speak of the moment, not of the request. */
const DOWN: readonly number[] = [408, 425, 429];
/** Bad request, content too large, unprocessable content: they speak of what is in the request. */
const REFUSED: readonly number[] = [400, 413, 422];

/**
 * Judges an HTTP status. Whatever speaks neither of the moment nor of the content speaks of the address, the key or the
 * kind of request, which is the same for every batch: so it pauses, and nothing is given up for it.
 */
export function verdictOf(status: number): Verdict {
  if (status >= 200 && status < 300) return "delivered";
  if (status >= 500 || DOWN.includes(status)) return "down";
  return REFUSED.includes(status) ? "refused" : "paused";
}

const ADVICE: Readonly<Record<number, string>> = {
  401: "Check that the receiver has the same secret, or lets the sender in",
  403: "Check that the receiver has the same secret, or lets the sender in",
  404: "Check the path of the URL",
  405: "Check the path of the URL: it does not take POST",
  407: "A proxy on the way asks for a password, which is not supported",
  410: "The receiver says that it wants no more; remove the webhook or change the URL",
  411: "The receiver, or a proxy before it, does not take the request's form",
  415: "The receiver does not take application/json",
};

/** What to do about an answer that pauses. */
export function pauseAdvice(status: number, location: string | null): string {
  if (status === 0 || (status >= 300 && status < 400)) {
    const where = location === null ? "" : ` (to ${shownLocation(location)})`;
    return `Redirects are not followed${where}, since the signature is for the URL's owner; use the final URL`;
  }
  return ADVICE[status] ?? "Check the URL and the receiver";
}

/** Of where a redirect leads, only the host: a path can be a secret. */
function shownLocation(location: string): string {
  return URL.canParse(location) ? new URL(location).origin : "another path";
}
