import { afterAll, beforeAll, expect, test } from "vitest";
import { DASHBOARD_FOLDER } from "../serve/index.ts";
import { Bed } from "./bed.ts";
import { findChromium } from "./browser.ts";
import { type Auditor, startAuditor } from "./lighthouse.ts";
import { describeInChromium } from "./look.ts";
import { servePage } from "./serve-page.ts";

const PERFECT = { accessibility: 100, bestPractices: 100, problems: [] };

describeInChromium("by Lighthouse", () => {
  let auditor: Auditor;
  let bed: Bed;
  beforeAll(async () => {
    auditor = await startAuditor(findChromium() ?? "");
    bed = await Bed.start({ folder: DASHBOARD_FOLDER, devices: 8, rate: 20, badEvery: 40 });
  }, 60_000);
  afterAll(async () => {
    await auditor?.[Symbol.asyncDispose]();
    await bed?.[Symbol.asyncDispose]();
  });

  test("the fleet is perfect in accessibility and best practices, on a phone", async () => {
    expect(await auditor.audit(bed.url, "phone")).toEqual(PERFECT);
  }, 120_000);

  test("so is a device, on a desktop", async () => {
    const device = encodeURIComponent(bed.devices[0]?.deviceId ?? "");
    expect(await auditor.audit(`${bed.url}/#/device/${device}`, "desktop")).toEqual(PERFECT);
  }, 120_000);

  // Where there is a relay that wants a key, the browser notes on the console that the page was refused without one.
  test("so is the form that asks where to connect to", async () => {
    await using form = await servePage({ folder: DASHBOARD_FOLDER, settings: { relay: null } });
    expect(await auditor.audit(form.url, "desktop")).toEqual(PERFECT);
  }, 120_000);
});
