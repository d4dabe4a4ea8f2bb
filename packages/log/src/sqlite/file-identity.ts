import { statSync } from "node:fs";
import { TesaError } from "@tesa/core";

/** How long the file goes unlooked at, in milliseconds: to look costs as much as storing a dozen messages. */
const LOOK_EVERY_MS = 100;

/**
 * Notices when the file of an open log was removed or replaced. The system lets a process go on writing into a removed
 * file, so what was acknowledged would be gone with the process: what came in the tenth of a second before it is noticed,
 * along with everything before.
 */
export class FileIdentity {
  readonly #path: string;
  readonly #inode: bigint | undefined;
  readonly #now: () => number;
  #lookedAt: number;

  /** @param now The time, in milliseconds. */
  constructor(path: string, now: () => number) {
    this.#path = path;
    this.#inode = inodeOf(path);
    this.#now = now;
    this.#lookedAt = now();
  }

  /** @throws TesaError `log`, for good: the file that is open cannot be had back under its name */
  check(): void {
    const now = this.#now();
    // A clock that was put back counts, too.
    if (Math.abs(now - this.#lookedAt) < LOOK_EVERY_MS) return;
    if (inodeOf(this.#path) === this.#inode) {
      this.#lookedAt = now;
      return;
    }
    throw new TesaError(
      "log",
      `The log "${this.#path}" was removed or replaced while it was open. Nothing more is stored in it: start again to open what is there now.`,
    );
  }
}

function inodeOf(path: string): bigint | undefined {
  return statSync(path, { bigint: true, throwIfNoEntry: false })?.ino;
}
