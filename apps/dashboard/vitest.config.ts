import { vitestConfig } from "@tesa/workspace/vitest";
import { defineConfig, mergeConfig } from "vitest/config";

export default mergeConfig(
  vitestConfig,
  defineConfig({
    test: {
      globalSetup: ["./e2e/global-setup.ts"],
      setupFiles: ["./src/testing/patience.ts"],
      // A browser, a platform and a relay for each of the files in e2e: one after the other.
      fileParallelism: false,
      // A page on a busy machine takes its time; a test waits for what it looks for, not for a time.
      expect: { poll: { timeout: 15_000, interval: 100 } },
      testTimeout: 60_000,
    },
  }),
);
