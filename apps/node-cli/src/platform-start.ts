import { TesaError } from "@tesa/core";
import type { Platform, PlatformOptions } from "@tesa/platform";
import { printable } from "@tesa/process";

/**
 * Starts the platform in a box.
 * @throws TesaError `network` (69) if a port is taken, `usage` if a port or the data folder may not be used
 */
export async function startBox(options: PlatformOptions): Promise<Platform> {
  const { startPlatform } = await import("@tesa/platform");
  return await usingDataDir(() => startPlatform(options));
}

/** Does something with the data folder and the ports, and explains what fails. */
export async function usingDataDir<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    throw explain(cause);
  }
}

function explain(cause: unknown): unknown {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  const port = cause instanceof Error && "port" in cause ? ` ${cause.port}` : "";
  if (code === "EADDRINUSE") {
    // Nothing is wrong with how it was called: it works as soon as the other program ends.
    const advice = "Choose another, or leave it out for any free one.";
    return new TesaError("network", `The port${port} is taken. ${advice}`, { cause });
  }
  if (code === "EACCES" && port !== "") {
    return new TesaError("usage", `You may not use the port${port}. Choose one from 1024 on.`, { cause });
  }
  if (code === "EACCES" || code === "EROFS" || code === "ENOTDIR") {
    const reason = cause instanceof Error ? printable(cause.message) : "";
    const advice = "Choose another by --data-dir.";
    return new TesaError("usage", `The data folder cannot be used: ${reason}. ${advice}`, { cause });
  }
  return cause;
}
