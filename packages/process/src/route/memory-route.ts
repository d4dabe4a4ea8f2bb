import { createMemoryLog } from "@tesa/core";
import type { Outputs, Route } from "./route.ts";

/** The route without a log that lasts: a message is acknowledged when the outputs have it. */
export function memoryRoute(outputs: Outputs, receiveMaximum: number): Route {
  return {
    log: createMemoryLog({ random: Math.random, receiveMaximum }),
    sink: outputs.sink,
    async finish() {
      await outputs.close();
      return { error: null };
    },
  };
}
