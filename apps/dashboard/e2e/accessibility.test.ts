import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DASHBOARD_FOLDER } from "../serve/index.ts";
import { Bed } from "./bed.ts";
import { findChromium, launchChromium } from "./browser.ts";
import { describeInChromium } from "./look.ts";
import { DESKTOP, keepShot, openPage, PHONE } from "./pages.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Each view, and how one gets there from the fleet. */
const VIEWS: Readonly<Record<string, (page: Page) => Promise<void>>> = {
  fleet: async () => {},
  rows: async (page) => {
    await page.getByRole("button", { name: /^(Rows|แถว)/ }).click();
  },
  nothing: async (page) => {
    await page.getByRole("searchbox").fill("no such device");
    await page.getByText(/^(No device matches|ไม่พบอุปกรณ์ที่ตรงกัน)$/).waitFor();
  },
  connection: async (page) => {
    await page.locator('[data-state="live"]').click();
    await page.getByRole("dialog").waitFor();
  },
  preferences: async (page) => {
    await page.getByRole("button", { name: /^(Preferences|การตั้งค่า)$/ }).click();
    await page.getByRole("dialog").waitFor();
  },
  shortcuts: async (page) => {
    await page.keyboard.press("?");
    await page.getByRole("dialog").waitFor();
  },
  device: openDevice,
  paused: async (page) => {
    await openDevice(page);
    await page.keyboard.press("p");
  },
  message: async (page) => {
    await openDevice(page);
    await page.keyboard.press("p");
    await page.locator("[role=log] button").first().click();
    await page.getByRole("dialog").waitFor();
  },
  leave: async (page) => {
    await page.getByRole("button", { name: /^(Preferences|การตั้งค่า)$/ }).click();
    await page.getByRole("button", { name: /^(Change the connection|เปลี่ยนการเชื่อมต่อ)$/ }).click();
    await page.getByRole("tablist").waitFor();
  },
  waiting: async (page) => {
    await page.route("**/v1/stream*", (route) => route.fulfill({ status: 503 }));
    await page.reload();
    await page.locator('[data-state="waiting"]').waitFor();
  },
  refused: async (page) => {
    await page.route("**/v1/stream*", (route) => route.fulfill({ status: 403 }));
    await page.reload();
    await page.getByRole("alert").getByText(/./).first().waitFor();
  },
  wrong: async (page) => {
    await VIEWS.direct?.(page);
    await page.getByLabel(/^(Broker URL|URL ของโบรกเกอร์)$/).fill("mqtt.example");
    await page.getByRole("textbox", { name: "MQTT API token" }).fill("secret");
    await page.getByRole("button", { name: /^(Connect|เชื่อมต่อ)$/ }).click();
    await page.getByRole("alert").getByRole("listitem").first().waitFor();
  },
  direct: async (page) => {
    await VIEWS.leave?.(page);
    await page.getByRole("tab").nth(1).click();
    await page.getByRole("tabpanel").getByRole("checkbox").waitFor();
  },
};

const SOME = ["fleet", "device", "message", "direct"];
const LOOKS = [
  { name: "light-en", views: Object.keys(VIEWS), options: { ...DESKTOP, colorScheme: "light" } },
  {
    name: "phone-dark-th",
    views: Object.keys(VIEWS),
    options: { ...PHONE, colorScheme: "dark", locale: "th-TH" },
  },
  { name: "dark-en", views: SOME, options: { ...DESKTOP, colorScheme: "dark" } },
  { name: "phone-light-th", views: SOME, options: { ...PHONE, colorScheme: "light", locale: "th-TH" } },
] as const;

describeInChromium("for everybody, the page", () => {
  let browser: Browser;
  let bed: Bed;
  beforeAll(async () => {
    browser = await launchChromium(findChromium() ?? "");
    bed = await Bed.start({ folder: DASHBOARD_FOLDER, devices: 8, rate: 20, badEvery: 20 });
    // By the last test it has been silent for long.
    await bed.publisher.publish("once", '{"level":7,"depth":{"left":1}}', "level");
    for (const depth of [1, 2, 3]) await bed.publisher.publish("partly", JSON.stringify({ depth }));
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await bed?.[Symbol.asyncDispose]();
  });

  describe.each(LOOKS)("in $name", ({ name, options, views }) => {
    test.each(views)("has nothing for axe to find in the view %s", async (view) => {
      // Nothing is half faded in when axe looks at colours.
      await using opened = await openPage(browser, bed.url, { ...options, reducedMotion: "reduce" });
      const { page } = opened;
      await page.locator("[data-device]").first().waitFor();
      await VIEWS[view]?.(page);
      await page.waitForTimeout(300);
      await keepShot(page, `${view}-${name}`);
      expect(await violationsOf(page)).toEqual([]);
    });
  });

  test("is walked through by keyboard alone, from the fleet to a message and back", async () => {
    await using opened = await openPage(browser, bed.url);
    const { page } = opened;
    await page.locator("[data-device]").first().waitFor();
    await page.keyboard.press("Tab");
    expect(await focused(page)).toBe("Skip to the content");
    await page.keyboard.press("Enter");
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("content");
    await tabTo(page, "Search devices and sensors");
    await page.keyboard.type("climate");
    await expect.poll(() => page.locator("[data-device]").count()).toBe(2);
    await tabTo(page, "climate-");
    await page.keyboard.press("Enter");
    await page.getByRole("img", { name: /temperature/ }).waitFor();
    await tabTo(page, "10 s");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Enter");
    await tabTo(page, "Pause");
    await page.keyboard.press("Space");
    await page.getByRole("button", { name: "Resume" }).waitFor();
    await tabTo(page, "CSV");
    const download = page.waitForEvent("download");
    await page.keyboard.press("Enter");
    expect((await download).suggestedFilename()).toMatch(/^climate-.*\.csv$/);
    await tabTo(page, "Filter messages");
    await page.keyboard.type("humidity");
    await tabTo(page, '"humidity"');
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    expect(await focused(page)).toContain('"humidity"');
    await page.keyboard.press("Escape");
    await page.locator("[data-device]").first().waitFor();
  });

  test.each(["light", "dark"] as const)(
    "has nothing for axe to find in a %s fleet with a silent device",
    {
      timeout: 120_000,
    },
    async (colorScheme) => {
      await using opened = await openPage(browser, bed.url, {
        ...DESKTOP,
        colorScheme,
        reducedMotion: "reduce",
      });
      const { page } = opened;
      await page.locator('[data-device="once"][data-freshness="silent"]').waitFor({ timeout: 90_000 });
      expect(await violationsOf(page)).toEqual([]);
    },
  );

  test.each(["light", "dark"] as const)(
    "has nothing for axe to find on a %s page of a device of which one sensor is silent",
    {
      timeout: 120_000,
    },
    async (colorScheme) => {
      await using opened = await openPage(browser, `${bed.url}/#/device/partly`, {
        ...DESKTOP,
        colorScheme,
        reducedMotion: "reduce",
      });
      const { page } = opened;
      await page.getByRole("button", { name: "15 min" }).click();
      const depth = page.getByRole("row").filter({ hasText: "depth" });
      await depth.getByText(/min ago$/).waitFor({ timeout: 90_000 });
      await bed.publisher.publish("partly", '{"flow":5}');
      const flow = page.getByRole("row").filter({ hasText: "flow" });
      await flow.waitFor();
      expect(await depth.getAttribute("data-freshness")).toBe("silent");
      expect(await flow.getAttribute("data-freshness")).toBe("live");
      const colours = [depth, flow].map((row) =>
        row
          .getByRole("cell")
          .nth(1)
          .evaluate((cell) => getComputedStyle(cell).color),
      );
      const [muted, current] = await Promise.all(colours);
      expect(muted).not.toBe(current);
      await keepShot(page, `silent-sensor-${colorScheme}-en`);
      expect(await violationsOf(page)).toEqual([]);
    },
  );

  test("stands still for those who asked for less motion", async () => {
    await using opened = await openPage(browser, bed.url, { ...DESKTOP, reducedMotion: "reduce" });
    const { page } = opened;
    await page.locator("[data-device]").first().waitFor();
    // The devices go on sending meanwhile, so whatever beats or slides has had its reason to.
    for (let look = 0; look < 20; look += 1) {
      expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
      await page.waitForTimeout(50);
    }
  });
});

async function openDevice(page: Page): Promise<void> {
  await page.locator("[data-device^=climate]").first().click();
  await page.locator(".uplot").first().waitFor();
}

/** One line for each element that breaks a rule. */
async function violationsOf(page: Page): Promise<string[]> {
  // By the debugger's way in: the page's own policy lets nothing in from outside.
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() =>
    (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
  );
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)}: ${failureSummary}`),
  );
}

function focused(page: Page): Promise<string> {
  return page.evaluate(() => {
    const element = document.activeElement;
    return element?.getAttribute("aria-label") || element?.textContent || "";
  });
}

/** Presses Tab until the focus is on something of that name. */
async function tabTo(page: Page, name: string): Promise<void> {
  const seen: string[] = [];
  for (let press = 0; press < 60; press += 1) {
    await page.keyboard.press("Tab");
    const now = await focused(page);
    if (now.includes(name)) return;
    seen.push(now.slice(0, 40));
  }
  throw new Error(`The Tab key did not come to "${name}", but to: ${seen.join(" | ")}`);
}
