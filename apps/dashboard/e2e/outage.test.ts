import { readFileSync } from "node:fs";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { DASHBOARD_FOLDER } from "../serve/index.ts";
import { Bed } from "./bed.ts";
import { findChromium, launchChromium } from "./browser.ts";
import { describeInChromium } from "./look.ts";
import { keepShot, openPage, widestHole } from "./pages.ts";
import { TcpProxy } from "./tcp-proxy.ts";

/** The first series in the light theme. */
const COLOUR = [0x0f, 0x76, 0x6e] as const;
const EVERY_MS = 500;

describeInChromium("after an outage, the page", () => {
  let browser: Browser;
  let bed: Bed;
  let proxy: TcpProxy;
  let deviceId = "";
  let devices = 0;
  beforeAll(async () => {
    browser = await launchChromium(findChromium() ?? "");
    proxy = await TcpProxy.start();
    bed = await Bed.start({
      folder: DASHBOARD_FOLDER,
      rate: 0,
      connect: [`ws://127.0.0.1:${proxy.port}`],
    });
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await proxy?.[Symbol.asyncDispose]();
    await bed?.[Symbol.asyncDispose]();
  });
  beforeEach(() => {
    devices += 1;
    deviceId = `wave-${devices}`;
  });

  /** Sends for a while, every half second, with the time of the device's clock. */
  const send = async (ms: number, isOver = () => false) => {
    for (const until = Date.now() + ms; Date.now() < until && !isOver(); ) {
      const now = Date.now();
      const timestamp = new Date(now).toISOString();
      await bed.publisher.publish(deviceId, JSON.stringify({ value: now % 5_000, timestamp }), "phase");
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
  };
  const sendUntilLive = async (page: Page) => {
    let isBack = false;
    const live = page.locator('[data-state="live"]').waitFor({ timeout: 20_000 });
    const back = live.finally(() => {
      isBack = true;
    });
    await Promise.all([back, send(20_000, () => isBack)]);
  };
  const card = () => `[data-device="${deviceId}"]`;
  const sparklineHole = (page: Page) => widestHole(page, `${card()} canvas`, { colour: COLOUR });
  /** Right of the labels of the axis, which have the colour of the line. */
  const chartHole = (page: Page) => widestHole(page, ".uplot canvas", { colour: COLOUR, left: 60 });
  const openDevice = async (page: Page) => {
    await page.locator(card()).click();
    await page.locator(".uplot").first().waitFor();
    await page.waitForTimeout(500);
  };

  test("draws no line through one of the relay in which nothing came", async () => {
    await using opened = await openPage(browser, bed.url);
    const { page } = opened;
    await page.locator('[data-state="live"]').waitFor();
    await send(5_000);
    expect(await sparklineHole(page)).toBeLessThan(10);
    await bed.stopServing();
    await page.waitForTimeout(6_000);
    await bed.serve();
    await page.locator('[data-state="live"]').waitFor({ timeout: 20_000 });
    await send(4_000);
    await expect.poll(() => sparklineHole(page)).toBeGreaterThan(40);
    await keepShot(page, "outage-fleet-light-en");
    await openDevice(page);
    await expect.poll(() => chartHole(page)).toBeGreaterThan(40);
    await keepShot(page, "outage-device-light-en");
  });

  test("draws a whole line where the relay replays what came meanwhile", async () => {
    await using opened = await openPage(browser, bed.url);
    const { page } = opened;
    await page.locator('[data-state="live"]').waitFor();
    await send(5_000);
    await bed.stopServing();
    await send(6_000);
    await bed.serve();
    await sendUntilLive(page);
    await send(3_000);
    expect(await sparklineHole(page)).toBeLessThan(10);
    await openDevice(page);
    expect(await chartHole(page)).toBeLessThan(10);
  });

  test("draws what the broker had kept at its own time, marks it late, and lets no figure jump", async () => {
    const ws = new URL(bed.platform.urls.ws ?? "");
    proxy.target = Number(ws.port);
    ws.port = String(proxy.port);
    await using opened = await openPage(browser, bed.url);
    const { page } = opened;
    await page.locator('[data-state="live"]').waitFor();
    await page.getByRole("button", { name: "Preferences" }).click();
    await page.getByRole("button", { name: "Change the connection" }).click();
    await page.getByRole("tab", { name: "TESAIoT platform" }).click();
    await page.getByLabel("Broker URL").fill(ws.href);
    await page.getByLabel("MQTT API token", { exact: true }).fill(bed.token());
    await page.getByRole("button", { name: "Connect", exact: true }).click();
    await page.locator('[data-state="live"]').waitFor();
    await send(8_000);
    proxy.target = 1;
    proxy.cut();
    const from = Date.now();
    await send(10_000);
    const to = Date.now();
    proxy.target = Number(new URL(bed.platform.urls.ws ?? "").port);
    await sendUntilLive(page);
    await send(3_000);
    expect(await sparklineHole(page)).toBeLessThan(20);
    await openDevice(page);
    expect(await chartHole(page)).toBeLessThan(40);
    await keepShot(page, "backlog-device-light-en");
    // Every message of the outage is in the picture where it belongs.
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "CSV" }).click(),
    ]);
    const rows = readFileSync((await download.path()) ?? "", "utf8")
      .trimEnd()
      .split("\r\n")
      .slice(1)
      .map((row) => row.split(","));
    const times = rows.map(([time = ""]) => Date.parse(time));
    const during = times.filter((time) => time > from + 500 && time < to);
    expect(during.length).toBeGreaterThanOrEqual(15);
    for (const [time = "", , , , value] of rows.filter((_, index) => during.includes(times[index] ?? 0))) {
      expect(Math.abs((Date.parse(time) % 5_000) - Number(value))).toBeLessThan(300);
    }
    const every = await page.getByText(/^every [\d.]+ s$/).textContent();
    expect(Number(/[\d.]+/.exec(every ?? "")?.[0])).toBeGreaterThan(0.35);
    await page.keyboard.press("Escape");
    const late = await page
      .locator(card())
      .getByText(/^\d+ late$/)
      .textContent();
    expect(Number.parseInt(late ?? "", 10)).toBeGreaterThanOrEqual(15);
  });
});
