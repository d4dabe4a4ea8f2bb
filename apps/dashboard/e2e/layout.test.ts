import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DASHBOARD_FOLDER } from "../serve/index.ts";
import { Bed } from "./bed.ts";
import { findChromium, launchChromium } from "./browser.ts";
import { describeInChromium } from "./look.ts";
import { troublesOf } from "./overlaps.ts";
import { DESKTOP, keepShot, openPage } from "./pages.ts";

/** From the smallest phone to a wide screen; most between 700 and 1,000, where lines were crowded once. */
const WIDTHS = [320, 360, 390, 500, 640, 700, 768, 820, 900, 1_024, 1_280, 1_440, 1_600];
/** Those of which pictures are kept. */
const KEPT = [360, 768, 820, 1_024, 1_440];

const LANGUAGES = [
  { locale: "en-GB", rows: "Rows", cards: "Cards", more: /\+(\d+)/ },
  { locale: "th-TH", rows: "แถว", cards: "การ์ด", more: /(?:อีก |\+)(\d+)/ },
] as const;

/** What a machine says at once: more than fits anywhere beside each other. */
const READINGS = {
  temperature: 25.48,
  humidity: 61.2,
  pressure: 1013.25,
  illuminance: 12_345.6,
  vibration_rms: 0.0123,
  mode: "automatic, after manual intervention",
  "cooling/pump/flow": 18.25,
  battery: 3.71,
};
const PATH = "actor/2/temperature";
const DEVICES = ["press-01", "climate-station-roof-7", "tank-3"];

describeInChromium("at any width, the page", () => {
  let browser: Browser;
  let bed: Bed;
  beforeAll(async () => {
    browser = await launchChromium(findChromium() ?? "");
    bed = await Bed.start({ folder: DASHBOARD_FOLDER, rate: 0 });
    for (const drift of [0, 0.5, 0.2, 0.4]) {
      // So that there are lines to draw, not one stroke.
      await new Promise((resolve) => setTimeout(resolve, 700));
      await bed.arrive(
        DEVICES.flatMap((device, index) => [
          {
            topic: `device/${device}/telemetry/${PATH}`,
            payload: JSON.stringify({ value: 71.25 + drift + index, unit: "°C" }),
          },
          {
            topic: `device/${device}/telemetry/pressure`,
            payload: JSON.stringify({ value: 1013.25 + drift, unit: "hPa" }),
          },
          {
            topic: `device/${device}/telemetry`,
            payload: JSON.stringify({
              timestamp: new Date().toISOString(),
              device_id: device,
              ...READINGS,
              temperature: READINGS.temperature + drift,
            }),
          },
        ]),
      );
    }
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await bed?.[Symbol.asyncDispose]();
  });

  describe.each(LANGUAGES)("in $locale", ({ locale, rows, cards, more }) => {
    const name = (view: string, width: number) => `layout-${view}-${width}-${locale.slice(0, 2)}`;

    test.each([
      ["rows", rows],
      ["cards", cards],
    ])("shows the fleet as %s without a text upon another or beside the screen", async (view, button) => {
      await using opened = await openPage(browser, bed.url, { ...DESKTOP, locale });
      const { page } = opened;
      await page.locator("[data-device]").first().waitFor();
      await page.getByRole("button", { name: button }).click();
      const found: Record<number, readonly string[]> = {};
      for (const width of WIDTHS) {
        await resize(page, width);
        if (KEPT.includes(width)) await keepShot(page, name(view, width));
        const troubles = await troublesOf(page, "[data-device], main > div");
        if (troubles.length > 0) found[width] = troubles;
      }
      expect(found).toEqual({});
    });

    test("counts in a row the values that have no room there", async () => {
      await using opened = await openPage(browser, bed.url, { ...DESKTOP, locale });
      const { page } = opened;
      await page.locator("[data-device]").first().waitFor();
      await page.getByRole("button", { name: rows }).click();
      const counts: number[] = [];
      for (const width of WIDTHS) {
        await resize(page, width);
        const row = page.locator(`[data-device="${DEVICES[0]}"]`);
        const shown = await row.locator(".value:visible").count();
        const left = Number(more.exec((await row.textContent()) ?? "")?.[1] ?? 0);
        // `pressure` comes with a unit and, in the message of all readings, without one.
        expect(shown + left).toBe(Object.keys(READINGS).length + 2);
        counts.push(shown);
      }
      expect(counts[0]).toBeGreaterThanOrEqual(1);
      expect(counts[WIDTHS.indexOf(768)]).toBeGreaterThanOrEqual(3);
      expect(counts.at(-1)).toBeGreaterThanOrEqual(6);
    });

    test("shows a device without a text upon another or beside the screen", async () => {
      await using opened = await openPage(browser, `${bed.url}/#/device/${DEVICES[0]}`, {
        ...DESKTOP,
        locale,
      });
      const { page } = opened;
      await page.locator("[role=log] button").first().waitFor();
      const found: Record<number, readonly string[]> = {};
      for (const width of WIDTHS) {
        await resize(page, width);
        if (KEPT.includes(width)) await keepShot(page, name("device", width));
        const troubles = await troublesOf(page, "tr, figcaption, main > div");
        if (troubles.length > 0) found[width] = troubles;
      }
      expect(found).toEqual({});
    });
  });

  test("on a phone, shows names of series, what messages say, and all windows of time", async () => {
    await using opened = await openPage(browser, `${bed.url}/#/device/${DEVICES[0]}`, {
      viewport: { width: 360, height: 740 },
    });
    const { page } = opened;
    await page.locator("[role=log] button").first().waitFor();
    const cut = await page
      .getByRole("table")
      .locator("bdi")
      .evaluateAll((names) =>
        names
          .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth + 1)
          .map(({ textContent }) => textContent),
      );
    // Of the names only a text as long as a sentence does not fit, which is a value.
    expect(cut).toEqual([]);
    await page.getByRole("table").scrollIntoViewIfNeeded();
    await keepShot(page, "layout-series-360-en");
    const windows = page.getByRole("group", { name: "Window" }).getByRole("button");
    expect(await windows.count()).toBe(7);
    for (const box of await Promise.all((await windows.all()).map((one) => one.boundingBox()))) {
      expect(box?.x).toBeGreaterThanOrEqual(0);
      expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(360);
    }
    // Two counts that count different things would have to be told apart.
    expect(await page.getByText(/\d+ messages/).allTextContents()).toEqual([
      "12 messages in this list, with history",
    ]);
    const lines = await page.locator("[role=log] button").allTextContents();
    expect(lines.filter((line) => line.includes('{"temperature":'))).toHaveLength(4);
    expect(lines.filter((line) => /timestamp|device_id/.test(line))).toEqual([]);
    for (const payload of await page.locator("[role=log] button > :last-child").all()) {
      expect((await payload.boundingBox())?.width).toBeGreaterThan(280);
    }
    await page.getByRole("log").scrollIntoViewIfNeeded();
    await keepShot(page, "layout-messages-360-en");
    await page.locator("[role=log] button").last().click();
    await page
      .getByRole("dialog")
      .getByText(/"timestamp": "/)
      .waitFor();
  });

  test("keeps the last part of a path where a name has to be cut, and all of it in its title", async () => {
    await using opened = await openPage(browser, bed.url);
    const { page } = opened;
    await page.locator("[data-device]").first().waitFor();
    for (const view of ["Cards", "Rows"]) {
      await page.getByRole("button", { name: view }).click();
      for (const width of WIDTHS) {
        await resize(page, width);
        const names = page.locator(`[data-device] bdi[title="${PATH}"]`);
        expect(await names.first().textContent()).toBe(PATH);
        // Where the letters are, not the box around them.
        const isWhole = await names.first().evaluate((element) => {
          const text = document.createTreeWalker(element, NodeFilter.SHOW_TEXT).nextNode();
          if (text === null) return false;
          const content = text.nodeValue ?? "";
          const range = document.createRange();
          range.setStart(text, content.lastIndexOf("/") + 1);
          range.setEnd(text, content.length);
          const letters = range.getBoundingClientRect();
          const box = element.getBoundingClientRect();
          return letters.width > 40 && letters.left >= box.left && letters.right <= box.right + 1;
        });
        expect({ view, width, isWhole }).toEqual({ view, width, isWhole: true });
      }
    }
  });

  test("shows whether the list of messages follows", async () => {
    await using opened = await openPage(browser, `${bed.url}/#/device/${DEVICES[0]}`);
    const { page } = opened;
    await page.locator("[role=log] button").first().waitFor();
    const follow = page.getByRole("button", { name: "Follow" });
    // Without the pointer on it, which has a look of its own.
    const look = async () => {
      await page.mouse.move(0, 0);
      await page.waitForTimeout(200);
      return follow.evaluate((button) => getComputedStyle(button).backgroundColor);
    };
    expect(await follow.getAttribute("aria-pressed")).toBe("true");
    const pressed = await look();
    await follow.click();
    expect(await follow.getAttribute("aria-pressed")).toBe("false");
    expect(await look()).not.toBe(pressed);
  });
});

/** Gives a page another width, and the time to find its place in it. */
async function resize(page: Page, width: number): Promise<void> {
  await page.setViewportSize({ width, height: 900 });
  await page.evaluate(
    () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
  );
  await page.waitForTimeout(150);
}
