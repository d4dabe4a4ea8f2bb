import { configDefaults, type ViteUserConfig } from "vitest/config";
import { SummaryReporter } from "./vitest-reporter.ts";

export { noteForReport } from "./vitest-reporter.ts";

const CONDITIONS = ["tesa-source"];

/** The vitest configuration of every package: the workspace's TypeScript source, and the counts for the summary. */
export const vitestConfig: ViteUserConfig = {
  resolve: { conditions: CONDITIONS },
  ssr: { resolve: { conditions: CONDITIONS } },
  // The environment in which vitest loads a globalSetup; it takes over nothing of the two above.
  environments: { __vitest__: { resolve: { conditions: CONDITIONS } } },
  test: {
    exclude: [...configDefaults.exclude, "dist/**"],
    // Without the live display, which turbo puts a name before and repeats for each of its states: a line per file.
    reporters: [["default", { summary: false }], new SummaryReporter()],
    passWithNoTests: false,
    testTimeout: 20_000,
  },
};
