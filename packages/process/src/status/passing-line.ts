import type { Colours } from "./colours.ts";
import { truncate } from "./width.ts";

const CLEAR_LINE = "\r\u001b[2K";
const INTERVAL_MS = 1_000;

/** The last line of a terminal, written over every second. It has parts that come and go. Elsewhere it is nothing. */
export interface PassingLine {
  /** Shows a part, from now on or no more. */
  set(part: string, text: (() => string) | null): void;
  /** Takes it off the screen for the moment, so that something else can be written. */
  clear(): void;
  /** Takes it off for good. */
  stop(): void;
}

/** Makes a {@link PassingLine} at the end of a stream. */
export function createPassingLine(stderr: NodeJS.WriteStream, colours: Colours): PassingLine {
  const parts = new Map<string, () => string>();
  let timer: NodeJS.Timeout | undefined;
  let isShown = false;
  const clear = () => {
    if (isShown) stderr.write(CLEAR_LINE);
    isShown = false;
  };
  const write = () => {
    const text = [...parts.values()].map((part) => part()).join("; ");
    stderr.write(`${CLEAR_LINE}${colours.dim(truncate(`tesa: ${text}`, (stderr.columns || 80) - 1))}`);
    isShown = true;
  };
  const stop = () => {
    parts.clear();
    clearInterval(timer);
    timer = undefined;
    clear();
  };
  return {
    clear,
    stop,
    set(part, text) {
      if (!stderr.isTTY) return;
      if (text !== null) {
        const isNew = !parts.has(part);
        parts.set(part, text);
        if (isNew) write();
        timer ??= setInterval(write, INTERVAL_MS);
      } else if (parts.delete(part) && parts.size === 0) stop();
    },
  };
}
