import type { Sink, Telemetry } from "@tesa/core";
import type { Destination } from "@tesa/process";
import { formatLine, type LineStyle } from "./line.ts";

/** Writes a batch as lines for people. The style is asked for at each batch, since a window changes its size. */
export function lineSink(destination: Destination, style: () => LineStyle): Sink {
  return {
    write(messages) {
      const now = style();
      return destination.write(messages.map((message) => `${formatLine(message, now)}\n`).join(""));
    },
  };
}

/** Writes to each in turn; a batch is written when all have it. */
export function everySink(sinks: readonly Sink[]): Sink {
  return {
    async write(messages: readonly Telemetry[]) {
      for (const sink of sinks) await sink.write(messages);
    },
  };
}
