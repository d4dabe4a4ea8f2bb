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

  test("so is the form that asks where to connect to", async () => {
    await using form = await servePage({ folder: DASHBOARD_FOLDER, settings: { relay: null } });
    expect(await auditor.audit(form.url, "desktop")).toEqual(PERFECT);
  }, 120_000);

  test("so is the form of a relay that wants a key", async () => {
    await using locked = await Bed.start({ folder: DASHBOARD_FOLDER, rate: 0, withKeys: true });
    expect(await auditor.audit(locked.url, "desktop")).toEqual(PERFECT);
  }, 120_000);

  test("so is the fleet in the dark", async () => {
    await using dark = await startAuditor(findChromium() ?? "", "dark");
    expect(await dark.audit(bed.url, "desktop")).toEqual(PERFECT);
  }, 120_000);
});
