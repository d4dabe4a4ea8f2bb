import { TesaError } from "@tesa/core";

const PROTOCOLS = new Set(["http:", "https:", "ws:", "wss:"]);

/**
 * Reads the origins that a dashboard may connect to besides its own, as `TESA_DASHBOARD_CONNECT` has them: relays and
 * brokers, such as `https://relay.example.com wss://mqtt.tesaiot.com:8085`, with spaces or commas between. Of a longer
 * address the origin counts.
 *
 * @throws TesaError `config` with every entry that is no origin of http, https, ws or wss
 */
export function parseConnectOrigins(text: string): readonly string[] {
  const entries = text.split(/[\s,]+/).filter((entry) => entry !== "");
  const problems = entries
    .filter((entry) => toOrigin(entry) === null)
    .map((entry) => `has ${JSON.stringify(entry.slice(0, 80))} in it: an origin looks like wss://host:port`);
  if (problems.length > 0) {
    const message = problems.map((problem) => `TESA_DASHBOARD_CONNECT ${problem}.`).join(" ");
    throw new TesaError("config", message, { problems });
  }
  return entries.flatMap((entry) => toOrigin(entry) ?? []);
}

/** The origin only, of plain characters: a URL's host may hold a semicolon, and that would end the directive. */
function toOrigin(entry: string): string | null {
  if (!URL.canParse(entry)) return null;
  const { protocol, host, username, password } = new URL(entry);
  const isOrigin = /^[a-z0-9.:[\]_-]+$/i.test(host) && username === "" && password === "";
  return PROTOCOLS.has(protocol) && isOrigin ? `${protocol}//${host}` : null;
}

/**
 * A Content-Security-Policy whose page may connect to its own origin and to `origins`, whatever it was allowed before.
 *
 * @example
 * ```ts
 * allowConnections("default-src 'none'; connect-src 'self'", ["wss://mqtt.tesaiot.com:8085"]);
 * // default-src 'none'; connect-src 'self' wss://mqtt.tesaiot.com:8085
 * ```
 */
export function allowConnections(policy: string, origins: readonly string[]): string {
  const others = policy
    .split(";")
    .map((directive) => directive.trim())
    .filter((directive) => directive !== "" && !/^connect-src(\s|$)/i.test(directive));
  return [...others, ["connect-src 'self'", ...origins].join(" ")].join("; ");
}
