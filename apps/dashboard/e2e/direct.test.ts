import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DASHBOARD_FOLDER } from "../serve/index.ts";
import { Bed } from "./bed.ts";
import { findChromium, launchChromium } from "./browser.ts";
import { describeInChromium } from "./look.ts";
import { countGapPixels, DESKTOP, keepShot, type OpenedPage, openPage } from "./pages.ts";

const WRONG = "tesa_mqtt_acme_FAKEFAKEFAKEFAKEFAKEFAKEFAKE0001";

describeInChromium("straight from the broker, the page", () => {
  let browser: Browser;
  let bed: Bed;
  let token = "";
  beforeAll(async () => {
    browser = await launchChromium(findChromium() ?? "");
    bed = await Bed.start({ folder: DASHBOARD_FOLDER, devices: 4, rate: 20, isDirect: true });
    token = bed.token();
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await bed?.[Symbol.asyncDispose]();
  });

  test("shows the first message, and keeps the token to itself", async () => {
    await using opened = await openPage(browser, bed.url);
    const { page, errors } = opened;
    await page.getByRole("button", { name: "Connect", exact: true }).waitFor();
    await keepShot(page, "connect-direct-light-en");
    await connect(page, token);
    await page.locator('[data-state="live"]').waitFor();
    await expect.poll(() => page.locator("[data-device]").count()).toBe(4);
    expect(await storageOf(page)).not.toContain(token);
    await page.locator("[data-device]").first().click();
    await page.getByText("there is no history in direct mode").waitFor();
    await keepShot(page, "device-direct-light-en");
    await expectNoTrace(opened, token);
    expect(errors).toEqual([]);
    await page.reload();
    await page.getByLabel("MQTT API token", { exact: true }).waitFor();
  });

  test("remembers the token until the tab is closed if, and only if, it is told to", async () => {
    await using opened = await openPage(browser, bed.url);
    const { page, context } = opened;
    await page.getByRole("checkbox", { name: /Remember it/ }).click();
    await connect(page, token);
    await page.locator("[data-device]").first().waitFor();
    expect(await page.evaluate(() => JSON.stringify({ ...sessionStorage }))).toContain(token);
    expect(await page.evaluate(() => JSON.stringify({ ...localStorage }))).not.toContain(token);
    await page.reload();
    await page.locator("[data-device]").first().waitFor();
    const other = await context.newPage();
    await other.goto(bed.url);
    await other.getByLabel("MQTT API token", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Preferences" }).click();
    await page.getByRole("button", { name: "Change the connection" }).click();
    await page.getByLabel("MQTT API token", { exact: true }).waitFor();
    expect(await storageOf(page)).not.toContain(token);
    await expectNoTrace(opened, token);
  });

  test("explains a token that the broker refuses, and takes the right one then", async () => {
    await using opened = await openPage(browser, bed.url);
    const { page } = opened;
    await connect(page, WRONG);
    await page.getByRole("alert").getByText("The broker refused the token.").waitFor();
    const field = page.getByLabel("MQTT API token", { exact: true });
    await expect.poll(() => field.evaluate((input) => input === document.activeElement)).toBe(true);
    expect([await field.getAttribute("type"), await field.inputValue()]).toEqual(["password", WRONG]);
    await keepShot(page, "token-refused-light-en");
    for (const text of [...opened.said, ...opened.addresses, page.url(), await storageOf(page)])
      expect(text).not.toContain(WRONG);
    await connect(page, token);
    await page.locator("[data-device]").first().waitFor();
  });

  test.each([
    ["a token that is none", { token: "secret" }, "MQTT API token"],
    ["no token", { token: "" }, "The token is missing."],
    ["an address that is none", { url: "mqtt.example" }, "Broker URL"],
    ["a broker without a secure connection", { url: "ws://mqtt.example/mqtt" }, "Broker URL"],
    ["a topic that is no filter", { topic: "device/#/telemetry" }, "Topic filter"],
  ] as readonly [
    string,
    { readonly token?: string; readonly url?: string; readonly topic?: string },
    string,
  ][])("says what is wrong with %s, without connecting", async (_, given, words) => {
    await using opened = await openPage(browser, bed.url);
    const { page } = opened;
    const { token: typed = token, url, topic } = given;
    if (url !== undefined) await page.getByLabel("Broker URL").fill(url);
    if (topic !== undefined) await page.getByLabel("Topic filter").fill(topic);
    await connect(page, typed);
    await page.getByRole("alert").getByText(words).waitFor();
    expect(await page.getByRole("alert").textContent()).not.toContain(token);
    expect(opened.addresses.filter((address) => address.startsWith("ws"))).toEqual([]);
  });

  test("says in Thai what is wrong with a setting, and the details besides", async () => {
    await using opened = await openPage(browser, bed.url, { ...DESKTOP, locale: "th-TH" });
    const { page } = opened;
    await page.getByLabel("URL ของโบรกเกอร์").fill("ws://mqtt.example/mqtt");
    await page.getByLabel("MQTT API token", { exact: true }).fill("secret");
    await page.getByLabel("ตัวกรองหัวข้อ (topic)").fill("device/#/telemetry");
    await page.getByRole("button", { name: "เชื่อมต่อ" }).click();
    const alerts = page.getByRole("alert");
    await alerts.getByText("ใช้ URL ของโบรกเกอร์นี้ไม่ได้").waitFor();
    await alerts.getByText("จะส่งโทเคนโดยไม่เข้ารหัส").waitFor();
    await alerts.getByText("ใช้โทเคนนี้ไม่ได้").waitFor();
    await alerts.getByText("ใช้ตัวกรองหัวข้อนี้ไม่ได้").waitFor();
    const url = page.getByLabel("URL ของโบรกเกอร์");
    await expect.poll(() => url.evaluate((field) => field === document.activeElement)).toBe(true);
    await keepShot(page, "settings-wrong-light-th");
  });

  test("draws a gap where the connection was cut, and goes on by itself", async () => {
    await using opened = await openPage(browser, bed.url);
    const { page } = opened;
    await connect(page, token);
    await page.locator("[data-device]").first().click();
    await page
      .getByRole("img", { name: /^Chart of/ })
      .first()
      .waitFor();
    await page.locator('[data-state="live"]').waitFor();
    await bed.platform.faults.restart({ downMs: 1_500 });
    await page.locator('[data-state="waiting"]').waitFor();
    await page.locator('[data-state="live"]').waitFor({ timeout: 20_000 });
    await page.locator('[data-state="live"]').click();
    await page
      .getByText(/^Messages may be missing/)
      .first()
      .waitFor({ timeout: 20_000 });
    await page.keyboard.press("Escape");
    await expect.poll(() => countGapPixels(page)).toBeGreaterThan(50);
    await keepShot(page, "gap-direct-light-en");
  });

  test("says that it is not allowed where the policy of its server does not list a broker", async () => {
    await using opened = await openPage(browser, bed.url);
    const { page } = opened;
    await page.getByLabel("Broker URL").fill("wss://broker.example:8085/mqtt");
    await connect(page, token);
    await page.getByRole("alert").getByText("This page is not allowed to connect there.").waitFor();
    await keepShot(page, "policy-refused-light-en");
    expect(await storageOf(page)).not.toContain(token);
  });
});

async function connect(page: Page, token: string): Promise<void> {
  await page.getByLabel("MQTT API token", { exact: true }).fill(token);
  await page.getByRole("button", { name: "Connect", exact: true }).click();
}

function storageOf(page: Page): Promise<string> {
  return page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]));
}

/** Where a token must never be: in what the page says, in an address, in localStorage, in the document. */
async function expectNoTrace({ page, said, addresses }: OpenedPage, token: string): Promise<void> {
  const html = await page.evaluate(() => document.documentElement.outerHTML);
  const kept = await page.evaluate(() => JSON.stringify({ ...localStorage }));
  for (const text of [...said, ...addresses, page.url(), html, kept]) expect(text).not.toContain(token);
}
