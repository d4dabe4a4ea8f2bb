import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { DASHBOARD_FOLDER } from "../serve/index.ts";
import { hide, prepareToHide, show } from "./background.ts";
import { Bed } from "./bed.ts";
import { findChromium, launchChromium } from "./browser.ts";
import { describeInChromium } from "./look.ts";
import { type OpenedPage, openPage } from "./pages.ts";
import { TcpProxy } from "./tcp-proxy.ts";

/** The relay is silent for 45 s, or the broker for 90 s, before anybody notices without a reason to look. */
const SOON = { timeout: 20_000, interval: 100 };

/** How a page comes to look after its connection. */
const OCCASIONS: Readonly<Record<string, (page: Page) => Promise<void>>> = {
  "it is online again": async (page) => {
    await page.context().setOffline(true);
    await page.context().setOffline(false);
  },
  // The lid is closed, and opened a minute later; no event tells of it.
  "the machine has slept in its sight": (page) => page.clock.fastForward(60_000),
  "the browser has stopped it": (page) =>
    page.evaluate(() => {
      document.dispatchEvent(new Event("freeze"));
      document.dispatchEvent(new Event("resume"));
    }),
};

describeInChromium("after a sleep or in the background, the page", () => {
  let browser: Browser;
  let proxy: TcpProxy;
  let bed: Bed;
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
    // Of the test before.
    proxy.cut();
    devices += 1;
    deviceId = `counter-${devices}`;
  });

  const publish = async (...values: readonly number[]) => {
    for (const value of values) await bed.publisher.publish(deviceId, `{"value":${value}}`, "count");
  };
  /** What the page's list of messages shows, in its order. */
  const shown = async (page: Page) => {
    const rows = await page.locator("[role=log] button").allTextContents();
    return rows.map((row) => Number(/"value":(\d+)/.exec(row)?.[1]));
  };
  const openDevice = async (page: Page) => {
    await page.evaluate((id) => {
      location.hash = `#/device/${id}`;
    }, deviceId);
    await page.getByRole("heading", { level: 1, name: deviceId }).waitFor();
  };

  /** The connection dies without a sign; after the occasion, all is shown that was sent meanwhile. */
  const recover = async (page: Page, occasion: (page: Page) => Promise<void>) => {
    // Servers close what they do not need within seconds: only the stream is left.
    const connections = () => {
      proxy.cutUnused();
      return proxy.connections;
    };
    await expect.poll(connections, SOON).toEqual([{ sent: expect.any(Number) }]);
    proxy.freeze();
    await publish(4, 5, 6);
    await page.waitForTimeout(500);
    expect(await shown(page)).toEqual([1, 2, 3]);
    await occasion(page);
    // A relay replays it, and a broker has kept it for the session, which goes on.
    await expect.poll(() => shown(page), SOON).toEqual([1, 2, 3, 4, 5, 6]);
    await page.locator('[data-state="live"]').waitFor();
    await publish(7, 8);
    await expect.poll(() => shown(page)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  };

  describe("on a relay", () => {
    let opened: OpenedPage;
    beforeEach(async () => {
      proxy.target = Number(new URL(bed.url).port);
      opened = await openPage(browser, "about:blank");
      await opened.page.clock.install();
      await prepareToHide(opened.page);
      await opened.page.goto(`http://127.0.0.1:${proxy.port}`);
      await opened.page.locator('[data-state="live"]').waitFor();
      await openDevice(opened.page);
      await publish(1, 2, 3);
      await expect.poll(() => shown(opened.page)).toEqual([1, 2, 3]);
    }, 30_000);
    afterEach(() => opened?.[Symbol.asyncDispose]());

    test.each(Object.entries(OCCASIONS))(
      "finds a dead connection when %s, and misses nothing",
      async (_, occasion) => {
        await recover(opened.page, occasion);
      },
    );

    test("takes in what comes while it is hidden, draws nothing, and shows all when it is back", async () => {
      const { page } = opened;
      await hide(page);
      await publish(4, 5, 6);
      // A round trip of its own: the messages were sent before.
      await page.waitForTimeout(1_000);
      expect(await shown(page)).toEqual([1, 2, 3]);
      await show(page);
      await expect.poll(() => shown(page), { timeout: 3_000, interval: 50 }).toEqual([1, 2, 3, 4, 5, 6]);
    });
  });

  describe("straight from the broker", () => {
    let opened: OpenedPage;
    beforeEach(async () => {
      const ws = new URL(bed.platform.urls.ws ?? "");
      proxy.target = Number(ws.port);
      opened = await openPage(browser, "about:blank");
      const { page } = opened;
      await page.clock.install();
      await prepareToHide(page);
      await page.goto(bed.url);
      await page.locator('[data-state="live"]').waitFor();
      await page.getByRole("button", { name: "Preferences" }).click();
      await page.getByRole("button", { name: "Change the connection" }).click();
      await page.getByRole("tab", { name: "TESAIoT platform" }).click();
      ws.port = String(proxy.port);
      await page.getByLabel("Broker URL").fill(ws.href);
      await page.getByLabel("MQTT API token", { exact: true }).fill(bed.token());
      await page.getByRole("button", { name: "Connect", exact: true }).click();
      await page.locator('[data-state="live"]').waitFor();
      await openDevice(page);
      await publish(1, 2, 3);
      await expect.poll(() => shown(page)).toEqual([1, 2, 3]);
    }, 30_000);
    afterEach(() => opened?.[Symbol.asyncDispose]());

    test.each(Object.entries(OCCASIONS))(
      "finds a dead connection when %s, and gets what it missed",
      async (_, occasion) => {
        await recover(opened.page, occasion);
      },
    );

    test("finds it when it comes back from the background", async () => {
      await hide(opened.page);
      await recover(opened.page, show);
    });

    test("tells a gap when the session is gone as well", async () => {
      const { page } = opened;
      proxy.freeze();
      await bed.platform.faults.restart({ downMs: 500 });
      await OCCASIONS["it is online again"]?.(page);
      await page.locator('[data-state="waiting"]').waitFor(SOON);
      await page.locator('[data-state="live"]').waitFor(SOON);
      await page.locator('[data-state="live"]').click();
      await page
        .getByText(/^Messages may be missing/)
        .first()
        .waitFor(SOON);
    });

    test("tries again at once when it is told to", async () => {
      const { page } = opened;
      proxy.target = 1;
      proxy.freeze();
      await OCCASIONS["it is online again"]?.(page);
      const button = page.getByRole("button", { name: "Try now" });
      // Until a wait is a long one.
      await page
        .getByText(/next try in ([5-9]|\d\d) s/)
        .first()
        .waitFor({ timeout: 40_000 });
      proxy.target = Number(new URL(bed.platform.urls.ws ?? "").port);
      await page.waitForTimeout(1_000);
      await button.click();
      await page.locator('[data-state="live"]').waitFor({ timeout: 3_000 });
    }, 90_000);
  });
});
