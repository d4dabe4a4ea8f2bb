import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { extname, join } from "node:path";
import { TesaError } from "@tesa/core";
import { allowConnections } from "@tesa/relay";
import { parseHeaderRules } from "./header-rules.ts";

/** How a built page is served. */
export interface DashboardOptions {
  /** The folder that the dashboard's build made, or any other of static files. */
  readonly folder: string;
  /**
   * The origins of relays and brokers that the page may connect to besides its own, such as
   * `wss://mqtt.tesaiot.com:8085`; `parseConnectOrigins()` reads them. @default what the page was built for
   */
  readonly connect?: readonly string[] | undefined;
  /** What the page is told in `dashboard.json`, and offers to the user. @default that file of the folder */
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
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".txt": "text/plain; charset=utf-8",
  ".woff2": "font/woff2",
};

/** Far more than a page needs; whoever names the wrong folder does not fill the memory with it. In bytes. */
const MAX_BYTES = 64 * 1024 * 1024;

const POLICY = "Content-Security-Policy";

/**
 * Serves a built page beside a relay, on Node, Bun and Deno, with the headers that its `_headers` asks for. The files are
 * read once: what is not among them is not served, whatever the path.
 *
 * @throws TesaError `config` if the folder cannot be read or holds more than 64 MiB, or if there is a `connect` but no
 *   Content-Security-Policy to put it into
 * @example
 * ```ts
 * const dashboard = createDashboardHandler({ folder: "./dashboard" });
 * serve({ fetch: (request, env) => dashboard(request) ?? relay.fetch(request, env) });
 * ```
 */
export function createDashboardHandler({ folder, connect, settings }: DashboardOptions): DashboardHandler {
  const headersFile = join(folder, "_headers");
  const headersOf = parseHeaderRules(existsSync(headersFile) ? readFileSync(headersFile, "utf8") : "");
  if (connect !== undefined && headersOf("/")[POLICY] === undefined) {
    throw new TesaError(
      "config",
      `${headersFile} has no Content-Security-Policy for "/", so what the page may connect to cannot be set: build the dashboard anew.`,
    );
  }
  const files = new Map(readFiles(folder));
  if (settings !== undefined)
    files.set("/dashboard.json", new TextEncoder().encode(JSON.stringify(settings)));
  return (request) => {
    if (request.method !== "GET" && request.method !== "HEAD") return undefined;
    const { pathname } = new URL(request.url);
    const path = pathname === "/" ? "/index.html" : pathname;
    const content = files.get(path);
    if (content === undefined) return undefined;
    const headers: Record<string, string> = {
      "Cache-Control": "no-cache",
      "X-Content-Type-Options": "nosniff",
      ...headersOf(pathname),
      "Content-Type": TYPES[extname(path)] ?? "application/octet-stream",
    };
    const policy = headers[POLICY];
    if (connect !== undefined && policy !== undefined) headers[POLICY] = allowConnections(policy, connect);
    return new Response(request.method === "HEAD" ? null : content, { headers });
  };
}

/** By path, from the root with slashes. A file for the host itself (`_headers`) is none of the page's. */
function* readFiles(folder: string): Generator<[path: string, content: Uint8Array<ArrayBuffer>]> {
  let bytes = 0;
  for (const file of listFiles(folder)) {
    bytes += statSync(file).size;
    if (bytes > MAX_BYTES) {
      throw new TesaError("config", `${folder} holds more than 64 MiB: name the folder of a built page.`);
    }
    const path = file.slice(join(folder, "/").length - 1).replaceAll("\\", "/");
    yield [path, new Uint8Array(readFileSync(file))];
  }
}

/** Files, no links: those may lead out of the folder. */
function listFiles(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !/^[_.]/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TesaError("config", `The folder of the dashboard cannot be read: ${reason}`, { cause });
  }
}
