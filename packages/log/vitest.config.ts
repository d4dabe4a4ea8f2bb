import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { vitestConfig } from "@tesa/workspace/vitest";
import { configDefaults, defineConfig, mergeConfig } from "vitest/config";

const WORKERS_TESTS = "src/**/*.workers.test.ts";

export default defineConfig({
  ...vitestConfig,
  test: {
    ...vitestConfig.test,
    projects: [
      mergeConfig(
        { ...vitestConfig, test: { ...vitestConfig.test, reporters: [] } },
        { test: { name: "node", exclude: [WORKERS_TESTS] } },
      ),
      {
        resolve: vitestConfig.resolve ?? {},
        plugins: [
          cloudflareTest({
            main: "./src/durable-object/test-worker.ts",
            miniflare: {
              compatibilityDate: "2026-09-01",
              compatibilityFlags: ["nodejs_compat"],
              durableObjects: { LOG: { className: "LogUnderTest", useSQLite: true } },
            },
          }),
        ],
        test: {
          name: "workerd",
          include: [WORKERS_TESTS],
          exclude: [...configDefaults.exclude, "dist/**"],
          testTimeout: 60_000,
        },
      },
    ],
  },
});
