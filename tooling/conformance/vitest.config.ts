import { vitestConfig } from "@tesa/workspace/vitest";
import { defineConfig, mergeConfig } from "vitest/config";

export default mergeConfig(
  vitestConfig,
  defineConfig({ test: { globalSetup: ["src/broker/global-setup.ts"] } }),
);
