import type { Retention } from "@tesa/log";
import { quote } from "../status/printable.ts";
import type { Parsed } from "./parsed.ts";

const SECOND_MS = 1_000;
const DAY_MS = 86_400_000;

/** What one item of the list can limit, by its unit. Those of time are told from those of size by being spelt out. */
const UNITS: Readonly<Record<string, { readonly limit: keyof Retention; readonly factor: number }>> = {
  "": { limit: "maxRows", factor: 1 },
  s: { limit: "maxAgeMs", factor: SECOND_MS },
  min: { limit: "maxAgeMs", factor: 60 * SECOND_MS },
  h: { limit: "maxAgeMs", factor: 3_600 * SECOND_MS },
  d: { limit: "maxAgeMs", factor: DAY_MS },
  w: { limit: "maxAgeMs", factor: 7 * DAY_MS },
  kb: { limit: "maxBytes", factor: 1e3 },
  mb: { limit: "maxBytes", factor: 1e6 },
  gb: { limit: "maxBytes", factor: 1e9 },
  tb: { limit: "maxBytes", factor: 1e12 },
};

const FORM = "Write an age (12h, 7d), a number of messages (1000000) or a size (500MB, 10GB)";

/**
 * Reads how much a log keeps: `7d`, `1000000` messages, `10GB`, or several of different kinds, separated by commas; the
 * first limit that is reached counts.
 *
 * @example
 * parseRetention("7d,10GB"); // { ok: true, value: { maxAgeMs: 604800000, maxBytes: 10000000000 } }
 */
export function parseRetention(text: string): Parsed<Retention> {
  const retention: { -readonly [Limit in keyof Retention]: Retention[Limit] } = {};
  for (const item of text.split(",").map((part) => part.trim())) {
    const [, digits = "", name = ""] = /^(\d+(?:\.\d+)?) ?([a-z]*)$/i.exec(item) ?? [];
    const unit = UNITS[name.toLowerCase()];
    if (digits === "" || unit === undefined) return wrong(item, `is no limit. ${FORM}`);
    const value = Number(digits) * unit.factor;
    if (!Number.isSafeInteger(value) || value < 1) return wrong(item, `is out of range. ${FORM}`);
    if (retention[unit.limit] !== undefined) return wrong(item, "limits the same a second time: remove one");
    retention[unit.limit] = value;
  }
  return { ok: true, value: retention };
}

function wrong(item: string, what: string): Parsed<Retention> {
  return { ok: false, problem: `${quote(item)} ${what}` };
}
