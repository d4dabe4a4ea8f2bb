import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { DASHBOARD_FOLDER } from "../serve/index.ts";
import { Bed } from "./bed.ts";
import { findChromium, launchChromium } from "./browser.ts";
import { describeInChromium } from "./look.ts";
import { openPage } from "./pages.ts";

describeInChromium("a part of the page that is loaded late", () => {
  let browser: Browser;
  let bed: Bed;
  beforeAll(async () => {
    browser = await launchChromium(findChromium() ?? "");
  }, 60_000);
  afterAll(() => browser?.close());
  beforeEach(async () => {
    bed = await Bed.start({ folder: DASHBOARD_FOLDER, devices: 2, rate: 5 });
  }, 60_000);
  afterEach(() => bed?.[Symbol.asyncDispose]());

  const openDevice = (page: Page) => page.locator("[data-device]").first().click();

  test("is there during an outage of its server, if the page had been open for a while", async () => {
    await using opened = await openPage(browser, bed.url);
    const { page } = opened;
    const loaded = page.waitForEvent("requestfinished", (request) => /device-page.*\.js/.test(request.url()));
    await page.locator("[data-device]").first().waitFor();
    await loaded;
    await bed.stopServing();
    await openDevice(page);
    await page.getByRole("heading", { level: 1, name: bed.devices[0]?.deviceId ?? "" }).waitFor();
    expect(await page.getByText("This part of the page cannot be shown.").count()).toBe(0);
  });

  test("is tried again by itself when its server is back, and when it is asked for", async () => {
    await using opened = await openPage(browser, bed.url);
    const { page } = opened;
    await page.locator("[data-device]").first().waitFor();
    await bed.stopServing();
    await openDevice(page);
    const failure = page.getByText("This part of the page cannot be shown.");
    await failure.waitFor();
    await page.getByRole("button", { name: "Try again" }).click();
    await failure.waitFor();
    await bed.serve();
    await page.locator(".uplot").first().waitFor({ timeout: 30_000 });
    expect(await failure.count()).toBe(0);
  });
});
