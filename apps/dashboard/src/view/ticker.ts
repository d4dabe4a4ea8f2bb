import { useEffect, useRef, useState } from "react";

/** What paces a page: the frames of the screen. None come while it is hidden. */
export interface FrameSource {
  request(callback: (time: number) => void): number;
  cancel(handle: number): void;
}

/** One loop over all that wants to be drawn again now and then. It runs only while somebody wants to. */
export class Ticker {
  readonly #frames: FrameSource;
  readonly #jobs = new Set<{ readonly intervalMs: number; readonly run: () => void; due: number }>();
  #handle: number | undefined;

  constructor(frames: FrameSource) {
    this.#frames = frames;
  }

  /** Calls back at most every so many milliseconds, within a frame; the returned function ends it. */
  every(intervalMs: number, run: () => void): () => void {
    const job = { intervalMs, run, due: 0 };
    this.#jobs.add(job);
    this.#handle ??= this.#frames.request(this.#onFrame);
    return () => {
      this.#jobs.delete(job);
      if (this.#jobs.size > 0 || this.#handle === undefined) return;
      this.#frames.cancel(this.#handle);
      this.#handle = undefined;
    };
  }

  readonly #onFrame = (time: number): void => {
    this.#handle = this.#frames.request(this.#onFrame);
    for (const job of this.#jobs) {
      if (time < job.due) continue;
      // Jobs of one interval that began at different times stay spread over the frames.
      job.due = time - job.due > job.intervalMs ? time + job.intervalMs : job.due + job.intervalMs;
      job.run();
    }
  };
}

/** The page's own ticker. It does nothing until somebody asks it. */
export const ticker: Ticker = new Ticker({
  request: (callback) => requestAnimationFrame(callback),
  cancel: (handle) => cancelAnimationFrame(handle),
});

/**
 * Reads something that changes outside of React, at most every so many milliseconds. `read` gives a plain value: the
 * component renders again only when it is another one.
 */
export function usePaced<T extends string | number | boolean | null>(read: () => T, intervalMs: number): T {
  const [value, setValue] = useState(read);
  const latest = useRef(read);
  latest.current = read;
  useEffect(() => ticker.every(intervalMs, () => setValue(latest.current())), [intervalMs]);
  return value;
}

/** The time, as often as told, for ages and countdowns. */
export function useNow(intervalMs: number): number {
  return usePaced(() => Math.floor(Date.now() / intervalMs) * intervalMs, intervalMs / 2);
}
