import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const PATHS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Where a Chromium is; `TESA_TEST_CHROMIUM` names another place. `undefined`: there is none. */
export function findChromium(): string | undefined {
  return [process.env.TESA_TEST_CHROMIUM ?? "", ...PATHS].find((path) => path !== "" && existsSync(path));
}

/** Starts it without anything that would reach for the network. */
export function launchChromium(executablePath: string, args: readonly string[] = []): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      "--no-sandbox",
      "--disable-quic",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--no-first-run",
      ...args,
    ],
  });
}
