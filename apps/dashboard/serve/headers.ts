/** What a server of the page decides about it. */
export interface DashboardPolicy {
  /**
   * The origins of relays and brokers that the page may connect to besides its own origin, such as
   * `https://relay.example.com` and `wss://mqtt.tesaiot.com:8085`. @default none
   */
  readonly connect?: readonly string[];
}

/**
 * The headers to serve the page with: no script but its own files, no eval, no frame around it, no referrer, and
 * connections only to where it is meant to go.
 *
 * @throws Error for an entry of `connect` that is no origin of http, https, ws or wss
 */
export function dashboardHeaders({ connect = [] }: DashboardPolicy = {}): Record<string, string> {
  const policy: Readonly<Record<string, string>> = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "font-src": "'self'",
    "img-src": "'self'",
    "connect-src": ["'self'", ...connect.map(toSource)].join(" "),
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
  };
  return {
    "Content-Security-Policy": Object.entries(policy)
      .map(([directive, value]) => `${directive} ${value}`)
      .join("; "),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
  };
}

const PROTOCOLS = ["http:", "https:", "ws:", "wss:"];

/** The origin only, of plain characters: a URL's host may hold a semicolon, and that would end the directive. */
function toSource(entry: string): string {
  const url = URL.canParse(entry) ? new URL(entry) : undefined;
  if (url === undefined || !PROTOCOLS.includes(url.protocol) || !/^[a-z0-9.:[\]_-]+$/i.test(url.host)) {
    throw new Error(
      `TESA_DASHBOARD_CONNECT holds "${entry}", which is no origin: write https://host, or wss://host:port.`,
    );
  }
  return `${url.protocol}//${url.host}`;
}

/** The same as a `_headers` file, for hosts of static files. */
export function headersFile(policy: DashboardPolicy): string {
  const lines = Object.entries(dashboardHeaders(policy)).map(([name, value]) => `  ${name}: ${value}`);
  const assets = ["/assets/*", "  Cache-Control: public, max-age=31536000, immutable"];
  return ["/*", ...lines, ...assets, ""].join("\n");
}
