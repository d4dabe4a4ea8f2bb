import { noteForReport } from "@tesa/workspace/vitest";
import { ensureBuilt } from "../serve/build.ts";
import { findChromium } from "./browser.ts";

/** Builds the page once for all tests that look at it; says so when there is no browser to look with. */
export default async function setUp(): Promise<void> {
  if (findChromium() === undefined) {
    const isRequired = (process.env.TESA_REQUIRE ?? "").split(",").includes("chromium");
    if (isRequired) throw new Error("TESA_REQUIRE holds chromium, but there is no Chromium on this machine.");
    noteForReport("The dashboard was not looked at in a browser: there is no Chromium on this machine.");
    return;
  }
  await ensureBuilt();
}
