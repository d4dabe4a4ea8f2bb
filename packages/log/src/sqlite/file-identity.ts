import { statSync } from "node:fs";
import { TesaError } from "@tesa/core";

/**
 * Notices when the file of an open log was removed or replaced. The system lets a process go on writing into a removed
 * file, so what was acknowledged would be gone with the process.
 */
export class FileIdentity {
  readonly #path: string;
  readonly #inode: bigint | undefined;

  constructor(path: string) {
    this.#path = path;
    this.#inode = inodeOf(path);
  }

  /** @throws TesaError `log`, for good: the file that is open cannot be had back under its name */
  check(): void {
    if (inodeOf(this.#path) === this.#inode) return;
    throw new TesaError(
      "log",
      `The log "${this.#path}" was removed or replaced while it was open. Nothing more is stored in it: start again to open what is there now.`,
    );
  }
}

function inodeOf(path: string): bigint | undefined {
  return statSync(path, { bigint: true, throwIfNoEntry: false })?.ino;
}
