import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DASHBOARD_FOLDER } from "../serve/index.ts";
import { Bed } from "./bed.ts";
import { findChromium, launchChromium } from "./browser.ts";
import { describeInChromium } from "./look.ts";
import { keepShot, openPage } from "./pages.ts";

describeInChromium("with a relay that wants a key, the page", () => {
  let browser: Browser;
  let bed: Bed;
  let key = "";
  beforeAll(async () => {
    browser = await launchChromium(findChromium() ?? "");
    bed = await Bed.start({ folder: DASHBOARD_FOLDER, devices: 4, rate: 20, withKeys: true });
    key = await bed.key();
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await bed?.[Symbol.asyncDispose]();
  });

  test("asks for it, explains a wrong one, and shows the devices with the right one", async () => {
    await using opened = await openPage(browser, bed.url);
    const { page, said, addresses } = opened;
    await page.getByText("This relay wants a key").waitFor();
    await keepShot(page, "connect-relay-light-en");
    const wrong = `${key.slice(0, -6)}AAAAAA`;
    await connect(page, wrong);
    // Still in the form, with what was typed, and the way to put it right.
    const field = page.getByLabel("Key", { exact: true });
    await page.getByRole("alert").getByText("The relay refused the key.").waitFor();
    await expect.poll(() => field.evaluate((input) => input === document.activeElement)).toBe(true);
    expect([await field.getAttribute("type"), await field.inputValue()]).toEqual(["password", wrong]);
    await page.getByText("This relay wants a key").waitFor();
    await keepShot(page, "key-refused-light-en");
    await page.getByRole("button", { name: "Preferences" }).click();
    await page.getByRole("button", { name: "ไทย" }).click();
    await page.getByRole("alert").getByText("รีเลย์ปฏิเสธคีย์").waitFor();
    await page.getByRole("button", { name: "English" }).click();
    await page.keyboard.press("Escape");
    await connect(page, "");
    await page.getByRole("alert").getByText("This relay wants a key, and none was given.").waitFor();
    await connect(page, key);
    await page.locator('[data-state="live"]').waitFor();
    await expect.poll(() => page.locator("[data-device]").count()).toBe(4);
    const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
    for (const text of [...said, ...addresses, page.url(), kept]) {
      expect(text).not.toContain(key);
      expect(text).not.toContain(wrong);
    }
    await page.reload();
    await page.getByLabel("Key", { exact: true }).waitFor();
  });

  test("keeps it for this tab if it is told to, and reads history with it", async () => {
    await using opened = await openPage(browser, bed.url);
    const { page } = opened;
    await page.getByRole("checkbox", { name: /Remember it/ }).click();
    await connect(page, key);
    await page.locator("[data-device]").first().click();
    await page
      .getByRole("img", { name: /^Chart of/ })
      .first()
      .waitFor();
    await page.reload();
    await page
      .getByRole("img", { name: /^Chart of/ })
      .first()
      .waitFor();
    expect(await page.getByText("The history could not be loaded").count()).toBe(0);
    expect(await page.evaluate(() => JSON.stringify({ ...localStorage }))).not.toContain(key);
  });

  test("says that it is not allowed where the policy of its server does not list a relay", async () => {
    await using opened = await openPage(browser, bed.url);
    const { page } = opened;
    await page.getByLabel("Address of the relay").fill("https://relay.example");
    await connect(page, key);
    await page.getByRole("alert").getByText("This page is not allowed to connect there.").waitFor();
    expect(await page.getByLabel("Address of the relay").inputValue()).toBe("https://relay.example");
  });

  test.each([
    ["relay.example", "This is no address."],
    ["http://relay.example", "A key must not travel unprotected"],
    ["https://user:word@relay.example", "This is no address."],
  ])("does not send a key to %s", async (url, words) => {
    await using opened = await openPage(browser, bed.url);
    const { page, addresses } = opened;
    await page.getByLabel("Address of the relay").fill(url);
    await connect(page, key);
    await page.getByRole("alert").getByText(words).waitFor();
    expect(addresses.filter((address) => !address.startsWith(bed.url))).toEqual([]);
  });
});

async function connect(page: Page, key: string): Promise<void> {
  await page.getByLabel("Key", { exact: true }).fill(key);
  await page.getByRole("button", { name: "Connect", exact: true }).click();
}
