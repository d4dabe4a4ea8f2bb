/** The settings of a connection that may be kept until the tab is closed, if the user wants it. Never in localStorage. */
export type Remembered =
  | { readonly kind: "relay"; readonly url: string; readonly secret: string }
  | { readonly kind: "direct"; readonly url: string; readonly topic: string; readonly secret: string };

const KEY = "tesa.connection";

export function readRemembered(): Remembered | null {
  try {
    const content: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
    return isRemembered(content) ? content : null;
  } catch {
    // Storage is switched off, or holds something else.
    return null;
  }
}

export function remember(connection: Remembered | null): void {
  try {
    if (connection === null) sessionStorage.removeItem(KEY);
    else sessionStorage.setItem(KEY, JSON.stringify(connection));
  } catch {
    // Storage is switched off: it has to be typed again.
  }
}

function isRemembered(content: unknown): content is Remembered {
  if (typeof content !== "object" || content === null) return false;
  const { kind, url, secret, topic } = content as Readonly<Record<string, unknown>>;
  if (typeof url !== "string" || typeof secret !== "string") return false;
  return kind === "relay" || (kind === "direct" && typeof topic === "string");
}
