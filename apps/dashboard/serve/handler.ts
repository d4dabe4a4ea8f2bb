import { readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { type DashboardPolicy, dashboardHeaders } from "./headers.ts";

/** How a built page is served. */
export interface DashboardOptions extends DashboardPolicy {
  /** The folder that `vite build` made. */
  readonly folder: string;
  /** What the page is told in `dashboard.json`, and offers to the user. @default the relay at the page's own origin */
  readonly settings?: {
    /** Base URL of the relay; `""` is the page's own origin, `null` offers none. */
    readonly relay?: string | null;
    readonly brokerUrl?: string;
    readonly topic?: string;
  };
}

/** Answers a request for the page or one of its files; `undefined` leaves it to others, such as the relay. */
export type DashboardHandler = (request: Request) => Response | undefined;

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};

/**
 * Serves the built page with the headers it needs, on Node, Bun and Deno. Its files are few and are read once: what is
 * not among them is not served, whatever the path.
 *
 * @throws Error if the folder cannot be read, or `connect` holds what is no origin
 * @example
 * ```ts
 * const dashboard = createDashboardHandler({ folder: "./dist" });
 * serve({ fetch: (request, env) => dashboard(request) ?? relay.fetch(request, env) });
 * ```
 */
export function createDashboardHandler({
  folder,
  connect = [],
  settings,
}: DashboardOptions): DashboardHandler {
  const headers = dashboardHeaders({ connect });
  const files = readFiles(folder);
  const config = JSON.stringify(settings ?? {});
  return (request) => {
    if (request.method !== "GET" && request.method !== "HEAD") return undefined;
    const { pathname } = new URL(request.url);
    const body = (content: BodyInit) => (request.method === "HEAD" ? null : content);
    if (pathname === "/dashboard.json") {
      const type = { "Content-Type": "application/json", "Cache-Control": "no-store" };
      return new Response(body(config), { headers: { ...headers, ...type } });
    }
    const path = pathname === "/" ? "/index.html" : pathname;
    const content = files.get(path);
    if (content === undefined) return undefined;
    // A name in assets/ holds a hash of its content.
    const cache = path.startsWith("/assets/") ? "public, max-age=31536000, immutable" : "no-cache";
    const type = TYPES[extname(path)] ?? "application/octet-stream";
    return new Response(body(content), {
      headers: { ...headers, "Content-Type": type, "Cache-Control": cache },
    });
  };
}

/** By path, from the root with slashes. A file for the host itself (`_headers`) is none of the page's. */
function readFiles(folder: string): ReadonlyMap<string, Uint8Array<ArrayBuffer>> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return new Map(
    entries
      .filter((entry) => entry.isFile() && !entry.name.startsWith("_"))
      .map((entry) => {
        const file = join(entry.parentPath, entry.name);
        const path = file.slice(folder.replace(/[\\/]+$/, "").length).replaceAll("\\", "/");
        return [path, new Uint8Array(readFileSync(file))];
      }),
  );
}
