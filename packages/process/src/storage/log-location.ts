import { quote } from "../status/printable.ts";
import type { Parsed } from "./parsed.ts";

/** Where messages are kept. */
export type LogLocation = { readonly type: "memory" } | { readonly type: "sqlite"; readonly path: string };

/**
 * Reads `memory:` or `sqlite:<path>`. Whether the file can be used shows when it is opened.
 *
 * @example
 * parseLogLocation("sqlite:./telemetry.db"); // { ok: true, value: { type: "sqlite", path: "./telemetry.db" } }
 */
export function parseLogLocation(text: string): Parsed<LogLocation> {
  if (text === "memory:" || text === "memory") return { ok: true, value: { type: "memory" } };
  const wrong = (what: string): Parsed<LogLocation> => ({
    ok: false,
    problem: `${quote(text)} ${what}. Write sqlite:./telemetry.db, or memory: to keep nothing`,
  });
  if (!text.startsWith("sqlite:")) return wrong("is no log");
  const path = text.slice("sqlite:".length);
  if (path === "") return wrong("names no file");
  if (path.startsWith("//")) return wrong("is written as a URL, but a path follows the colon right away");
  // What SQLite and its drivers give a meaning of their own.
  if (path.startsWith(":") || path.startsWith("file:")) return wrong("names no file");
  if (/\p{Cc}/u.test(path)) return wrong("has control characters in it");
  return { ok: true, value: { type: "sqlite", path } };
}
