import type { Sink } from "@tesa/core";
import { type Destination, localDateTime, ndjsonSink } from "@tesa/process";
import { coloursFor } from "../colours.ts";
import { lineSink } from "./sink.ts";

/** How messages are to look on standard output. */
export interface MessageSinkOptions {
  /** Lines for people instead of JSON. */
  readonly isTable: boolean;
  /** Whether the lines show the date too. @default false */
  readonly hasDate?: boolean;
}

/** Writes messages to standard output, or to a wrapping of it. */
export function messageSink(stdout: Destination, { isTable, hasDate = false }: MessageSinkOptions): Sink {
  const isTerminal = process.stdout.isTTY;
  if (!isTable) return ndjsonSink(stdout, { forTerminal: isTerminal });
  const colours = coloursFor({ env: process.env, isTerminal });
  const time = hasDate ? localDateTime : undefined;
  return lineSink(stdout, () => ({
    colours,
    columns: process.stdout.columns || 80,
    ...(time === undefined ? {} : { time }),
  }));
}
