import { type FileHandle, open, stat } from "node:fs/promises";
import { TesaError } from "@tesa/core";
import { type Destination, quote } from "@tesa/process";

/** What a device or a pipe answers to fdatasync(2): it has no disk to wait for. */
const NO_DISK = new Set(["EINVAL", "ENOTSUP", "EROFS", "ENOSYS"]);

/**
 * Opens a file to append lines to; it is made if it does not exist. What is written is on the disk when `write()` has
 * fulfilled. A last line that an earlier run could not finish is closed first, so that it spoils no other.
 * @throws TesaError `output`
 */
export async function openFile(path: string): Promise<Destination> {
  const file = await attempt(path, "open", () => openToAppend(path));
  return {
    write: (text) =>
      attempt(path, "write", async () => {
        await file.appendFile(text);
        await flush(file);
      }),
    close: () => attempt(path, "close", () => file.close()),
  };
}

async function openToAppend(path: string): Promise<FileHandle> {
  const isUnfinished = await endsWithinLine(path);
  const file = await open(path, "a");
  if (isUnfinished) await file.appendFile("\n");
  return file;
}

/** Whether the file is there and its last line has no end. */
async function endsWithinLine(path: string): Promise<boolean> {
  const info = await stat(path).catch(() => undefined);
  if (info === undefined || !info.isFile() || info.size === 0) return false;
  const file = await open(path, "r");
  try {
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, info.size - 1);
    return buffer.toString() !== "\n";
  } finally {
    await file.close();
  }
}

async function flush(file: FileHandle): Promise<void> {
  try {
    await file.datasync();
  } catch (error) {
    if (!NO_DISK.has(codeOf(error))) throw error;
  }
}

async function attempt<T>(path: string, what: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    throw new TesaError("output", `Cannot ${what} the output file ${quote(path)}: ${reason(cause)}`, {
      cause,
    });
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full. Make room and start again.",
  EDQUOT: "your disk quota is used up. Make room and start again.",
  EACCES: "you may not write there. Choose another file or change its permissions.",
  EPERM: "you may not write there. Choose another file or change its permissions.",
  EROFS: "the file system is read-only. Choose another place.",
  EISDIR: "it is a folder. Give the name of a file.",
  ENOENT: "its folder does not exist. Make it first.",
  ENOTDIR: "a part of the path is no folder.",
  EPIPE: "whoever read it is gone.",
};

function reason(error: unknown): string {
  return REASONS[codeOf(error)] ?? (error instanceof Error ? error.message : String(error));
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
