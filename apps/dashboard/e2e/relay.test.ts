import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DASHBOARD_FOLDER } from "../serve/index.ts";
import { Bed } from "./bed.ts";
import { findChromium, launchChromium } from "./browser.ts";
import { describeInChromium } from "./look.ts";
import { countGapPixels, DESKTOP, keepShot, openPage, PHONE } from "./pages.ts";

describeInChromium("with a relay, the page", () => {
  let browser: Browser;
  let bed: Bed;
  beforeAll(async () => {
    browser = await launchChromium(findChromium() ?? "");
    bed = await Bed.start({ folder: DASHBOARD_FOLDER, devices: 8, rate: 20, badEvery: 40 });
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await bed?.[Symbol.asyncDispose]();
  });

  test("shows the first message, without a question where the relay is open", async () => {
    await using opened = await openPage(browser, bed.url);
    const { page, errors } = opened;
    await page.locator("[data-device]").first().waitFor();
    await page.locator('[data-state="live"]').waitFor();
    await expect.poll(() => page.locator("[data-device]").count()).toBe(8);
    await keepShot(page, "fleet-light-en");
    expect(errors).toEqual([]);
  });

  test("replays after a reload what came before it", async () => {
    await bed.publisher.publish("once", '{"value":42.5,"unit":"bar"}', "pressure");
    await using opened = await openPage(browser, bed.url);
    const { page } = opened;
    await page.locator('[data-device="once"]').getByText("42.5").waitFor();
    await page.reload();
    await page.locator('[data-device="once"]').getByText("42.5").waitFor();
    await page.goto(`${bed.url}/#/device/once`);
    await page.reload();
    await page.getByText('{"value":42.5,"unit":"bar"}').waitFor();
  });

  test("says so when a part of it does not load, as after an update of its server, and loads again on request", async () => {
    await using opened = await openPage(browser, bed.url);
    const { page } = opened;
    await page.locator("[data-device]").first().waitFor();
    await page.route(/device-page.*\.js$/, (route) => route.abort());
    await page.locator("[data-device]").first().click();
    await page.getByRole("alert").getByText("This part of the page cannot be shown.").waitFor();
    await page.locator('[data-state="live"]').waitFor();
    await keepShot(page, "part-missing-light-en");
    await page.unroute(/device-page.*\.js$/);
    await page.getByRole("button", { name: "Load the page again" }).click();
    await page
      .getByRole("img", { name: /^Chart of/ })
      .first()
      .waitFor();
  });

  test("speaks Thai to a Thai browser, English to others, and either on request", async () => {
    await using opened = await openPage(browser, bed.url, {
      ...DESKTOP,
      locale: "th-TH",
      colorScheme: "dark",
    });
    const { page } = opened;
    await page.getByRole("heading", { name: "ข้อความต่อวินาที" }).waitFor();
    expect(await page.locator("html").getAttribute("lang")).toBe("th");
    expect(await page.locator("html").getAttribute("data-theme")).toBe("dark");
    await page.locator("[data-device]").first().waitFor();
    await keepShot(page, "fleet-dark-th");
    await page.getByRole("button", { name: "การตั้งค่า" }).click();
    await page.getByRole("button", { name: "English" }).click();
    await page.getByRole("heading", { name: "Messages per second" }).waitFor();
    await page.getByRole("button", { name: "Light" }).click();
    expect(await page.locator("html").getAttribute("data-theme")).toBe("light");
    await page.reload();
    await page.getByRole("heading", { name: "Messages per second" }).waitFor();
    expect(await page.locator("html").getAttribute("data-theme")).toBe("light");
  });

  test("shows a device with its charts, its values and its messages, and stands still when paused", async () => {
    await using opened = await openPage(browser, bed.url);
    const { page, errors } = opened;
    await page.locator("[data-device^=climate]").first().click();
    await page.getByRole("heading", { name: /climate/ }).waitFor();
    await page.getByRole("img", { name: /temperature/ }).waitFor();
    await page.getByRole("row", { name: /humidity/ }).waitFor();
    await page.getByText('"humidity":').first().waitFor();
    await keepShot(page, "device-light-en");
    await page.keyboard.press("p");
    await page.getByRole("button", { name: "Resume" }).waitFor();
    await page.getByText(/Paused, [1-9]\d* new messages/).waitFor();
    await page.keyboard.press("0");
    await page.getByRole("button", { name: "Pause" }).waitFor();
    await page.keyboard.press("Escape");
    await page.locator("[data-device]").first().waitFor();
    expect(errors).toEqual([]);
  });

  test("fits on a phone, without anything wider than the screen", async () => {
    await using opened = await openPage(browser, bed.url, { ...PHONE, colorScheme: "dark" });
    const { page } = opened;
    await page.locator("[data-device]").first().waitFor();
    await keepShot(page, "fleet-phone-dark-en");
    const overflow = () =>
      page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(await overflow()).toBe(0);
    await page.locator("[data-device]").first().tap();
    await page.getByRole("img", { name: /temperature/ }).waitFor();
    await keepShot(page, "device-phone-dark-en");
    expect(await overflow()).toBe(0);
    const chart = page.getByRole("img", { name: /temperature/ });
    const width = async () => (await chart.locator("canvas").first().boundingBox())?.width;
    const upright = await width();
    // Turned, and back again.
    await page.setViewportSize({ width: PHONE.viewport.height, height: PHONE.viewport.width });
    await expect.poll(width).toBeGreaterThan(Number(upright));
    await page.setViewportSize(PHONE.viewport);
    await expect.poll(width).toBe(upright);
    expect(await overflow()).toBe(0);
  });

  test("finds devices by name, sensor and state", async () => {
    await using opened = await openPage(browser, bed.url);
    const { page } = opened;
    await expect.poll(() => page.locator("[data-device]").count()).toBeGreaterThanOrEqual(8);
    await page.keyboard.press("/");
    await page.keyboard.type("motor");
    await expect.poll(() => page.locator("[data-device]").count()).toBe(1);
    await page.keyboard.press("Escape");
    await page.getByRole("combobox", { name: "Sensor" }).selectOption("humidity");
    await expect.poll(() => page.locator("[data-device]").count()).toBe(2);
    await page.getByRole("combobox", { name: "Sensor" }).selectOption("");
    await page.getByRole("button", { name: /^Silent/ }).click();
    await page.getByText("No device matches").waitFor();
    await page.getByRole("button", { name: "Show all" }).click();
    await expect.poll(() => page.locator("[data-device]").count()).toBeGreaterThanOrEqual(8);
  });

  test("waits for a relay that is gone, says so, and goes on by itself", async () => {
    await using opened = await openPage(browser, bed.url);
    const { page } = opened;
    await page.locator("[data-device]").first().waitFor();
    await bed.stopServing();
    await page
      .getByText(/The relay (cannot be reached|ended)/)
      .first()
      .waitFor();
    await page
      .getByText(/next try in \d+ s|trying again/)
      .first()
      .waitFor();
    await keepShot(page, "waiting-light-en");
    await bed.publisher.publish("meanwhile", '{"value":7}', "level");
    await bed.serve();
    await page.locator('[data-state="live"]').waitFor({ timeout: 15_000 });
    await page.locator('[data-device="meanwhile"]').waitFor();
  });

  test("accuses no device while it is not connected itself, and keeps what it knew in sight", async () => {
    await using opened = await openPage(browser, bed.url);
    const { page } = opened;
    await expect.poll(() => page.locator('[data-freshness="live"]').count()).toBeGreaterThanOrEqual(8);
    await page.getByRole("combobox", { name: "Sort" }).selectOption("state");
    await bed.stopServing();
    await page.locator('[data-state="waiting"]').waitFor();
    // A device that sends every second counts as quiet after 15 s, when it is one that is heard.
    await page.waitForTimeout(17_000);
    const kinds = () =>
      page
        .locator("[data-freshness]")
        .evaluateAll((cards) => [...new Set(cards.map((card) => card.getAttribute("data-freshness")))]);
    expect(await kinds()).toEqual(["unknown"]);
    await page.getByRole("button", { name: /^Silent\s*0$/ }).waitFor();
    await page.getByText(/^\d+ not known$/).waitFor();
    await page.locator("[data-device^=climate] .value").first().waitFor();
    await keepShot(page, "not-connected-light-en");
    await bed.serve();
    await page.locator('[data-state="live"]').waitFor({ timeout: 40_000 });
    await expect.poll(() => page.locator('[data-freshness="live"]').count()).toBeGreaterThanOrEqual(8);
  });

  test("draws a gap after the broker has lost the session, and counts it", async () => {
    await using opened = await openPage(browser, bed.url);
    const { page } = opened;
    await page.locator("[data-device^=tank]").first().click();
    await page.getByRole("img", { name: /level/ }).waitFor();
    await bed.platform.faults.restart({ downMs: 1_500 });
    await page.getByText("The relay has lost the broker").waitFor();
    await page.locator('[data-state="live"]').waitFor({ timeout: 20_000 });
    await page.locator('[data-state="live"]').click();
    await page
      .getByText(/^Messages may be missing/)
      .first()
      .waitFor({ timeout: 20_000 });
    await keepShot(page, "gap-light-en");
    await page.keyboard.press("Escape");
    await expect.poll(() => countGapPixels(page)).toBeGreaterThan(50);
  });
});
