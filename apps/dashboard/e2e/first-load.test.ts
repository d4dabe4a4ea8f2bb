import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DASHBOARD_FOLDER } from "../serve/index.ts";
import { Bed } from "./bed.ts";
import { findChromium, launchChromium } from "./browser.ts";
import { describeInChromium } from "./look.ts";
import { openPage } from "./pages.ts";
import { servePage } from "./serve-page.ts";

/** What may be loaded before there is something to see, in bytes of compressed JavaScript. */
const FIRST_LOAD = 150_000;

/** The scripts that a page has loaded so far, by the names that they have in dist/assets. */
async function scriptsOf(page: Page): Promise<readonly string[]> {
  const urls = await page.evaluate(() =>
    performance
      .getEntriesByType("resource")
      .map(({ name }) => name)
      .filter((name) => name.endsWith(".js")),
  );
  return urls.map((url) => new URL(url).pathname);
}

function compressedSize(scripts: readonly string[]): number {
  return scripts.reduce((sum, path) => sum + gzipSync(readFileSync(join(DASHBOARD_FOLDER, path))).length, 0);
}

/** Whether a script holds mqtt.js, which names this of its options where it makes its client. */
function hasMqtt(path: string): boolean {
  return readFileSync(join(DASHBOARD_FOLDER, path), "utf8").includes("reschedulePings");
}

describeInChromium("the first load", () => {
  let browser: Browser;
  let bed: Bed;
  beforeAll(async () => {
    browser = await launchChromium(findChromium() ?? "");
    bed = await Bed.start({ folder: DASHBOARD_FOLDER, devices: 2, rate: 5 });
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await bed?.[Symbol.asyncDispose]();
  });

  test("is under 150 kB of compressed JavaScript until the fleet is there, without mqtt.js", async () => {
    await using opened = await openPage(browser, bed.url);
    await opened.page.locator("[data-device]").first().waitFor();
    const scripts = await scriptsOf(opened.page);
    expect(scripts.length).toBeGreaterThan(0);
    expect(compressedSize(scripts)).toBeGreaterThan(10_000);
    expect(compressedSize(scripts)).toBeLessThan(FIRST_LOAD);
    expect(scripts.filter(hasMqtt)).toEqual([]);
  });

  test("is so until the charts of a device are there that is opened by its own link", async () => {
    const device = encodeURIComponent(bed.devices[0]?.deviceId ?? "");
    await using opened = await openPage(browser, `${bed.url}/#/device/${device}`);
    const { page } = opened;
    await page.locator(".uplot").first().waitFor();
    await page.locator("[role=log] button").first().waitFor();
    const scripts = await scriptsOf(page);
    expect(compressedSize(scripts)).toBeLessThan(FIRST_LOAD);
    expect(scripts.filter(hasMqtt)).toEqual([]);
    // What comes later comes by itself: a message in full.
    await page.locator("[role=log] button").first().click();
    await page.getByRole("dialog").waitFor();
    expect((await scriptsOf(page)).length).toBeGreaterThan(scripts.length);
  });

  test("is so until there is a form where there is no relay; mqtt.js is in a chunk of its own", async () => {
    await using form = await servePage({ folder: DASHBOARD_FOLDER, settings: { relay: null } });
    await using opened = await openPage(browser, form.url);
    const { page } = opened;
    const token = page.getByRole("textbox", { name: /token/i });
    await token.waitFor();
    const scripts = await scriptsOf(page);
    expect(compressedSize(scripts)).toBeLessThan(FIRST_LOAD);
    expect(scripts.filter(hasMqtt)).toEqual([]);
    // It is in one of the others, or the test above would say nothing.
    const all = readdirSync(join(DASHBOARD_FOLDER, "assets")).filter((name) => name.endsWith(".js"));
    expect(all.map((name) => `/assets/${name}`).filter(hasMqtt)).toHaveLength(1);
  });
});
