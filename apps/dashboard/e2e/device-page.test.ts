import { readFileSync } from "node:fs";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DASHBOARD_FOLDER } from "../serve/index.ts";
import { Bed } from "./bed.ts";
import { findChromium, launchChromium } from "./browser.ts";
import { describeInChromium } from "./look.ts";
import { openPage } from "./pages.ts";

const EXACT = '{"level":12345678901234567890,"drift":0.000000012345,"peak":1e308}';

describeInChromium("the page of a device", () => {
  let browser: Browser;
  let bed: Bed;
  beforeAll(async () => {
    browser = await launchChromium(findChromium() ?? "");
    bed = await Bed.start({ folder: DASHBOARD_FOLDER, rate: 0 });
    for (let index = 0; index < 60; index += 1) {
      await bed.publisher.publish("tank-1", JSON.stringify({ value: index % 7 }), "flow");
    }
    await bed.publisher.publish("tank-1", '{"peak":2}');
    await bed.publisher.publish("tank-1", EXACT);
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await bed?.[Symbol.asyncDispose]();
  });

  const openTank = (options?: Parameters<typeof openPage>[2]) =>
    openPage(browser, `${bed.url}/#/device/tank-1`, options);
  const rows = (page: Page) => page.locator("[role=log] button");

  test("shows, finds and exports what history has as it was sent", async () => {
    await using opened = await openTank();
    const { page } = opened;
    await rows(page).first().waitFor();
    await page.getByRole("searchbox", { name: "Filter messages" }).fill("12345678901234567890");
    await expect.poll(() => rows(page).count()).toBe(1);
    await rows(page).first().click();
    const text = await page.getByRole("dialog").locator("pre").textContent();
    expect(text?.replaceAll(/\s/g, "")).toBe(EXACT);
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: "NDJSON" }).click();
    expect(readFileSync(await (await download).path(), "utf8")).toContain(`"payload":${EXACT},`);
  });

  test("exports readings with the times of receipt and, where there is one, of the device", async () => {
    const sentAt = new Date(Date.now() - 1_234).toISOString();
    await bed.publisher.publish("clock-1", JSON.stringify({ timestamp: sentAt, level: 1 }));
    await bed.publisher.publish("clock-1", '{"level":2}');
    await using opened = await openPage(browser, `${bed.url}/#/device/clock-1`);
    const { page } = opened;
    await expect.poll(() => rows(page).count()).toBe(2);
    await page.locator(".uplot").waitFor();
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: "CSV" }).click();
    const [head, ...lines] = readFileSync(await (await download).path(), "utf8").split("\r\n");
    expect(head).toBe("time,device_time,device,sensor,value,unit");
    expect(lines.map((line) => line.slice(line.indexOf(",")))).toEqual([
      `,${sentAt},clock-1,level,1,`,
      ",,clock-1,level,2,",
      "",
    ]);
    expect(lines[0]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z,/);
  });

  test("tells the greatest value although no chart can draw it, and what to do when nothing is shown", async () => {
    await using opened = await openTank();
    const { page } = opened;
    const peak = page.getByRole("row").filter({ hasText: "peak" });
    await peak.getByText("Some values are too large for the chart.").waitFor();
    await expect.poll(async () => (await peak.textContent())?.replaceAll(/\s/g, "")).toMatch(/Min2Max1E308/);
    for (const box of await page.getByRole("checkbox").all()) await box.uncheck();
    await page.getByText("No series is shown. Tick one in the table to draw it.").waitFor();
  });

  test("goes on following its messages when the window is narrowed, until the user scrolls up", async () => {
    await using opened = await openTank();
    const { page } = opened;
    const follow = page.getByRole("button", { name: "Follow" });
    await rows(page).first().waitFor();
    for (const width of [600, 360, 1_440, 360]) {
      await page.setViewportSize({ width, height: 900 });
      await page.waitForTimeout(300);
      expect(await follow.getAttribute("aria-pressed")).toBe("true");
      await rows(page).filter({ hasText: "drift" }).waitFor();
    }
    await page.locator("[role=log]").hover();
    await page.mouse.wheel(0, -600);
    await expect.poll(() => follow.getAttribute("aria-pressed")).toBe("false");
  });

  test("lets all charts begin and end at the same place, however wide their labels are", async () => {
    const sensors = [
      ["flow", { value: 1, unit: "m" }],
      ["pressure", { value: 12_345_678, unit: "Pa" }],
      ["light", { value: 12_345_678, unit: "lx" }],
      ["pump", { value: true }],
    ] as const;
    for (const drift of [0, 1, 2]) {
      await bed.arrive(
        sensors.map(([sensor, { value, ...unit }]) => ({
          topic: `device/wide-1/telemetry/${sensor}`,
          payload: JSON.stringify({ value: typeof value === "number" ? value + drift : value, ...unit }),
        })),
      );
    }
    await using opened = await openPage(browser, `${bed.url}/#/device/wide-1`);
    const { page } = opened;
    /** Where plots begin and end, each place once, and how many there are. */
    const places = () =>
      page.locator(".u-over").evaluateAll((plots) => {
        const boxes = plots.map((plot) => {
          const { left, right } = plot.getBoundingClientRect();
          const chart = plot.closest(".uplot")?.getBoundingClientRect() ?? { left: 0, right: 0 };
          return `${Math.round(left - chart.left)} to ${Math.round(chart.right - right)}`;
        });
        return { plots: boxes.length, places: [...new Set(boxes)] };
      });
    const settled = async (plots: number, look: RegExp) => {
      await expect.poll(places).toEqual({ plots, places: [expect.stringMatching(look)] });
      // It stays so: no two of them follow each other.
      await page.waitForTimeout(500);
      expect(await places()).toEqual({ plots, places: [expect.stringMatching(look)] });
    };
    // Light has wide labels on the left, pressure on the right; flow and pump have neither.
    const WIDE = /^(8|9)\d to (8|9)\d$/;
    await settled(3, WIDE);
    await page.keyboard.press("p");
    await page.getByRole("button", { name: "Resume" }).waitFor();
    const light = page.getByRole("checkbox", { name: "Show: light" });
    await light.uncheck();
    await settled(2, /^52 to /);
    await light.check();
    await settled(3, WIDE);
    await page.setViewportSize({ width: 390, height: 844 });
    await settled(3, WIDE);
  });

  test("resets the zoom of all charts at Escape, then leaves; what is open above it goes first", async () => {
    await bed.publisher.publish("tank-1", '{"value":3}', "flow");
    await using opened = await openTank();
    const { page } = opened;
    await rows(page).first().waitFor();
    // What came last is left of the edge then, so that it can be zoomed into, and opened.
    await page.waitForTimeout(2_500);
    const zoomed = page.getByRole("button", { name: "Back to live" });
    const paused = page.getByRole("button", { name: "Resume" });
    const zoom = async () => {
      const chart = page.locator(".u-over").first();
      await chart.scrollIntoViewIfNeeded();
      const box = await chart.boundingBox();
      if (box === null) throw new Error("There is no chart to zoom into.");
      await page.mouse.move(box.x + box.width / 3, box.y + box.height / 2);
      await page.mouse.down();
      await page.mouse.move(box.x + box.width - 3, box.y + box.height / 2, { steps: 4 });
      await page.mouse.up();
      await zoomed.waitFor();
    };
    const goes = async (dialog: string) => {
      await page.getByRole("dialog", { name: dialog }).waitFor();
      await page.keyboard.press("Escape");
      await page.getByRole("dialog", { name: dialog }).waitFor({ state: "hidden" });
      await zoomed.waitFor();
    };
    await zoom();
    await page.keyboard.press("?");
    await goes("Keyboard");
    await page.getByRole("button", { name: "Preferences" }).click();
    await goes("Preferences");
    await rows(page).first().click();
    await goes("Message");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Pause" }).waitFor();
    expect(new URL(page.url()).hash).toBe("#/device/tank-1");
    // Where it was paused, it is paused again.
    await page.keyboard.press("p");
    await paused.waitFor();
    await zoom();
    await page.keyboard.press("Escape");
    await paused.waitFor();
    expect(new URL(page.url()).hash).toBe("#/device/tank-1");
    await page.keyboard.press("Escape");
    await page.locator("[data-device]").first().waitFor();
    expect(new URL(page.url()).hash).toBe("#/");
  });
});
