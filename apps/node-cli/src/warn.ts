import { createTeller } from "@tesa/process";
import { coloursFor } from "./colours.ts";

/** Tells a warning on standard error, where nothing else is going on yet. */
export function warn(text: string): void {
  createTeller(process.stderr, coloursFor({ env: process.env, isTerminal: process.stderr.isTTY })).warn(text);
}
