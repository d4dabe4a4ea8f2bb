import { TesaError } from "@tesa/core";
import type { Platform, PlatformOptions } from "@tesa/platform";
import { printable } from "./printable.ts";

/**
 * Starts the platform in a box.
 * @throws TesaError `usage` if a port or the data folder cannot be had
 */
export async function startBox(options: PlatformOptions): Promise<Platform> {
  const { startPlatform } = await import("@tesa/platform");
  try {
    return await startPlatform(options);
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    const port = cause instanceof Error && "port" in cause ? ` ${cause.port}` : "";
    if (code === "EADDRINUSE") {
      throw new TesaError(
        "usage",
        `The port${port} is taken. Choose another, or leave it out for any free one.`,
        {
          cause,
        },
      );
    }
    if (code === "EACCES" && port !== "") {
      throw new TesaError("usage", `You may not use the port${port}. Choose one from 1024 on.`, { cause });
    }
    if (code === "EACCES" || code === "EROFS" || code === "ENOTDIR") {
      const reason = cause instanceof Error ? printable(cause.message) : "";
      throw new TesaError(
        "usage",
        `The data folder cannot be used: ${reason}. Choose another by --data-dir.`,
        { cause },
      );
    }
    throw cause;
  }
}
