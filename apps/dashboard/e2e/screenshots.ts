/**
 * Makes the pictures of the READMEs from the demo: `npx -y pnpm@12 screenshots`. Takes more than a minute, so that there is
 * something to see.
 */
import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { findChromium, launchChromium } from "./browser.ts";
import { openPage } from "./pages.ts";

const OUTPUT = fileURLToPath(new URL("../../../docs/images/", import.meta.url));
const CLI = fileURLToPath(new URL("../../node-cli/src/main.ts", import.meta.url));
const WARM_UP_MS = 75_000;

const chromium = findChromium();
if (chromium === undefined) throw new Error("There is no Chromium on this machine to take pictures with.");
mkdirSync(OUTPUT, { recursive: true });
const demo = spawn(process.execPath, ["--conditions=tesa-source", CLI, "demo", "--rate", "20"], {
  stdio: ["ignore", "ignore", "pipe"],
});
try {
  const url = await linkOf(demo.stderr);
  const browser = await launchChromium(chromium);
  await new Promise((resolve) => setTimeout(resolve, WARM_UP_MS));
  for (const colorScheme of ["light", "dark"] as const) {
    await using opened = await openPage(browser, url, {
      viewport: { width: 1280, height: 760 },
      colorScheme,
    });
    await opened.page.locator("[data-device]").first().waitFor();
    await opened.page.waitForTimeout(2_000);
    await opened.page.screenshot({ path: `${OUTPUT}dashboard-${colorScheme}.png` });
    // As high as both charts and the first messages.
    await opened.page.setViewportSize({ width: 1280, height: 980 });
    await opened.page.locator("[data-device^=climate]").first().click();
    await opened.page.locator(".uplot").first().waitFor();
    await opened.page.waitForTimeout(2_000);
    await opened.page.screenshot({ path: `${OUTPUT}device-${colorScheme}.png` });
  }
  await browser.close();
} finally {
  demo.kill("SIGTERM");
}

/** The link that the demo prints in its first screen. */
async function linkOf(output: AsyncIterable<Buffer>): Promise<string> {
  let text = "";
  for await (const piece of output) {
    text += piece.toString();
    const link = /http:\/\/127\.0\.0\.1:\d+/.exec(text)?.[0];
    if (link !== undefined) return link;
  }
  throw new Error(`The demo ended without a link:\n${text}`);
}
