import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DASHBOARD_FOLDER } from "../serve/index.ts";
import { HOSTILE_NAMES } from "../src/testing/messages.ts";
import { Bed } from "./bed.ts";
import { findChromium, launchChromium } from "./browser.ts";
import { describeInChromium } from "./look.ts";
import { DESKTOP, keepShot, type OpenedPage, openPage, PHONE } from "./pages.ts";

const IMAGE = "<img src=x onerror=alert(1)>";
/** Ids that can stand in a topic at all. */
const DEVICE_IDS = HOSTILE_NAMES.filter((name) => !/[/+#]/.test(name));

/** Payloads whose values are none, or more than anybody expects. */
const VALUES: readonly string[] = [
  '{"value":NaN}',
  '{"value":Infinity}',
  '{"value":1e308}',
  '{"value":-1e308}',
  '{"value":123456789012345678901234567890}',
  '{"value":5e-324}',
  '{"value":true}',
  '{"value":null}',
  '{"value":{"a":{"b":[1,2,{"c":"<b>"}]}}}',
  `{"value":${"[".repeat(5_000)}${"]".repeat(5_000)}}`,
  '{"__proto__":{"polluted":1},"constructor":2,"toString":3,"hasOwnProperty":4}',
  '{"value":1,"value":2}',
  '{"a":1',
  "[]",
  "[1,2,3]",
  '"<script>alert(1)</script>"',
  "42",
  "",
  "\u0000",
  `"${"long ".repeat(20_000)}"`,
];

const MANY_SENSORS = JSON.stringify(
  Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`sensor-${index}`, index])),
);

const TIMES: readonly (string | number)[] = [
  0,
  "1970-01-01T00:00:00Z",
  "2099-12-31T23:59:59Z",
  "9999999999999999",
  1e20,
  -1,
  "yesterday",
  "2026-13-45T99:99:99Z",
];

describeInChromium("whatever devices send, the page", () => {
  let browser: Browser;
  let bed: Bed;
  beforeAll(async () => {
    browser = await launchChromium(findChromium() ?? "");
    bed = await Bed.start({ folder: DASHBOARD_FOLDER, rate: 0 });
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await bed?.[Symbol.asyncDispose]();
  });

  test("shows names, units and texts as text, and nothing of them acts, wherever they are shown", async () => {
    await bed.arrive(
      DEVICE_IDS.flatMap((name) => [
        { topic: `device/${name}/telemetry`, payload: JSON.stringify({ [name]: 1, text: name }) },
        {
          topic: `device/${name}/telemetry/${name}`,
          payload: JSON.stringify({ value: name, unit: name, sensor: name, device_id: name }),
        },
        { topic: `device/${name}/telemetry/raw`, payload: name },
      ]),
    );
    for (const options of [DESKTOP, PHONE]) {
      await using opened = await openPage(browser, bed.url, options);
      const { page } = opened;
      await page.locator("[data-device] bdi", { hasText: IMAGE }).first().waitFor();
      await expectHarmless(opened);
      await keepShot(page, `hostile-fleet-${options === PHONE ? "phone-" : ""}light-en`);
      await page.getByRole("button", { name: "Rows" }).click();
      await expectHarmless(opened);
      for (const name of DEVICE_IDS) {
        await page.goto(`${bed.url}/#/device/${encodeURIComponent(name.toWellFormed())}`);
        await page.locator("h1").first().waitFor();
        await page.waitForTimeout(100);
        await expectHarmless(opened);
      }
    }
  });

  test("shows the page of a device with a hostile name, its messages and one of them whole", async () => {
    await using opened = await openPage(browser, bed.url);
    const { page } = opened;
    await page.locator("[data-device] bdi", { hasText: IMAGE }).first().click();
    await page.locator("[role=log] button").first().waitFor();
    await keepShot(page, "hostile-device-light-en");
    await page.locator("[role=log] button").first().click();
    await page
      .getByRole("dialog")
      .getByText(/onerror/)
      .first()
      .waitFor();
    await keepShot(page, "hostile-message-light-en");
    await expectHarmless(opened);
  });

  test("takes any value and any time stamp, and goes on", async () => {
    await bed.arrive(VALUES.map((payload) => ({ topic: "device/values/telemetry", payload })));
    await bed.arrive([{ topic: "device/many/telemetry", payload: MANY_SENSORS }]);
    await bed.arrive(
      TIMES.map((timestamp, index) => ({
        topic: "device/times/telemetry/level",
        payload: JSON.stringify({ timestamp, value: index }),
      })),
    );
    await using opened = await openPage(browser, bed.url);
    const { page } = opened;
    for (const device of ["values", "times"]) {
      await page.locator(`[data-device="${device}"]`).click();
      await page.locator(".uplot").first().waitFor();
      await page.locator("[role=log] button").first().waitFor();
      await keepShot(page, `hostile-${device}-light-en`);
      await expectHarmless(opened);
      const after = `after-${device}`;
      await bed.arrive([
        { topic: `device/${device}/telemetry/${after}`, payload: '{"value":7,"unit":"bar"}' },
      ]);
      await page.getByRole("row", { name: after }).getByText("7").first().waitFor();
      await page.getByRole("link", { name: "Fleet" }).click();
    }
    expect(await page.evaluate(() => ({}) as { polluted?: unknown }).then((made) => made.polluted)).toBe(
      undefined,
    );
    await page.locator('[data-device="times"]').click();
    await page.getByRole("log").getByText("clock").first().waitFor();
  });

  test("keeps its memory and its size while 30,000 devices appear", async () => {
    await using opened = await openPage(browser, bed.url);
    const { page, context } = opened;
    await page.locator("[data-device]").first().waitFor();
    const devtools = await context.newCDPSession(page);
    const heapBytes = async () => {
      for (let time = 0; time < 2; time += 1) await devtools.send("HeapProfiler.collectGarbage");
      const usage = (await devtools.send("Runtime.getHeapUsage")) as {
        readonly usedSize: number;
        readonly backingStorageSize?: number;
      };
      return usage.usedSize + (usage.backingStorageSize ?? 0);
    };
    const total = () => page.evaluate(() => document.querySelectorAll("[data-device]").length);
    const wave = async (number: number) => {
      for (let part = 0; part < 10; part += 1) {
        await bed.arrive(
          Array.from({ length: 500 }, (_, index) => ({
            topic: `device/wave-${number}-${part}-${index}/telemetry`,
            payload: JSON.stringify({ temperature: index, humidity: part, text: "x".repeat(200) }),
          })),
        );
      }
      const newest = `wave-${number}-9-499`;
      await page.getByRole("searchbox").fill(newest);
      await page.locator(`[data-device="${newest}"]`).waitFor({ timeout: 30_000 });
      await page.getByRole("searchbox").fill("");
    };
    await wave(0);
    await expect.poll(() => page.getByText(/^of 5,0\d\d$/).count()).toBe(1);
    await keepShot(page, "many-devices-light-en");
    await wave(1);
    await wave(2);
    const full = await heapBytes();
    for (const number of [3, 4, 5]) await wave(number);
    const later = await heapBytes();
    // 30,000 were there; the page forgets those that were silent for longest.
    const shown = await page.getByText(/^of [\d,]+$/).textContent();
    expect(Number(shown?.replaceAll(/\D/g, ""))).toBeLessThanOrEqual(10_000);
    expect(later / full).toBeLessThan(1.15);
    expect(await total()).toBeLessThan(60);
    await expectHarmless(opened);
  }, 180_000);
});

/** Nothing has acted, nothing is wider than the screen or longer than anybody reads, nothing has failed. */
async function expectHarmless({ page, errors }: OpenedPage): Promise<void> {
  const found = await page.evaluate(() => ({
    foreign: document.querySelectorAll("script:not([src]), iframe, object, embed, img, b, [onerror]").length,
    overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    longest: Math.max(
      ...[...document.querySelectorAll("body *")].map((element) =>
        Math.max(
          0,
          ...[...element.childNodes].map((node) => (node.nodeType === 3 ? String(node.nodeValue).length : 0)),
        ),
      ),
    ),
    // Everything that turns the direction of a text is shown as a sign.
    turning: /[\u202a-\u202e\u2066-\u2069]/.test(document.body.textContent),
  }));
  expect(found).toMatchObject({ foreign: 0, overflow: 0, turning: false });
  expect(found.longest).toBeLessThanOrEqual(20_000);
  expect(errors).toEqual([]);
}
