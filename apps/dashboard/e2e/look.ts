import { describe } from "vitest";
import { findChromium } from "./browser.ts";

/** Tests that need a browser; skipped, and told so in the report, where there is none (see global-setup.ts). */
export const describeInChromium = (name: string, tests: () => void): void => {
  describe.skipIf(findChromium() === undefined)(name, tests);
};
