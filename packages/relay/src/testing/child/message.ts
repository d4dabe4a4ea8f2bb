// Deno has it in no global.
import { Buffer } from "node:buffer";
import type { LogEntry } from "@tesa/core";
import type { GapRecord, ReadQuery } from "@tesa/log";
import type { ServeOptions } from "../served-relay.ts";

/** What a test asks of the relay in the other process; the answer has the same number. */
export interface Call {
  readonly number: number;
  readonly ask: Ask;
}

export type Ask =
  | { readonly type: "serve"; readonly options: ServeOptions }
  | { readonly type: "append"; readonly entries: readonly LogEntry[] }
  | { readonly type: "read"; readonly query: ReadQuery }
  | { readonly type: "gap"; readonly gap: Pick<GapRecord, "kind" | "from" | "to"> }
  | { readonly type: "clients" }
  | { readonly type: "failures" }
  | { readonly type: "close" };

export interface Answer {
  readonly number: number;
  readonly value?: unknown;
  readonly error?: string;
}

/** One line of JSON; bytes go as base64. */
export function writeLine(message: Call | Answer): string {
  const text = JSON.stringify(message, (_key, value: unknown) =>
    value instanceof Uint8Array ? { base64: Buffer.from(value).toString("base64") } : value,
  );
  return `${text}\n`;
}

/** What {@link writeLine} wrote. */
export function readLine<Message extends Call | Answer>(line: string): Message {
  return JSON.parse(line, (_key, value) =>
    typeof value?.base64 === "string" ? new Uint8Array(Buffer.from(value.base64, "base64")) : value,
  );
}
