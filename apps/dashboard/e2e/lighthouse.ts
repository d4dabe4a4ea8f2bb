import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import lighthouse, { desktopConfig } from "lighthouse";
import { chromium } from "playwright-core";

/** What Lighthouse found on a page. */
export interface Audit {
  /** From 0 to 100. */
  readonly accessibility: number;
  readonly bestPractices: number;
  /** Each thing that costs something, with the elements it is about. */
  readonly problems: readonly string[];
}

/** A browser that Lighthouse can look at pages with. */
export interface Auditor extends AsyncDisposable {
  audit(url: string, screen: "phone" | "desktop"): Promise<Audit>;
}

/** A page with an open stream is never done loading, in milliseconds. */
const LOADED_MS = 5_000;

/** Starts Chromium for Lighthouse, which comes in by a port of its own; on a system that is light or dark. */
export async function startAuditor(
  executablePath: string,
  colorScheme: "light" | "dark" = "light",
): Promise<Auditor> {
  const profile = await mkdtemp(join(tmpdir(), "tesa-lighthouse-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    colorScheme,
    args: ["--no-sandbox", "--remote-debugging-port=0"],
  });
  const [port] = (await readFile(join(profile, "DevToolsActivePort"), "utf8")).split("\n");
  return {
    async audit(url, screen) {
      const result = await lighthouse(
        url,
        {
          port: Number(port),
          onlyCategories: ["accessibility", "best-practices"],
          maxWaitForLoad: LOADED_MS,
          logLevel: "error",
        },
        screen === "desktop" ? desktopConfig : undefined,
      );
      if (result === undefined) throw new Error("Lighthouse gave no result.");
      const { categories, audits, runtimeError } = result.lhr;
      if (runtimeError !== undefined) throw new Error(runtimeError.message);
      const score = (name: string) => Math.round((categories[name]?.score ?? 0) * 100);
      return {
        accessibility: score("accessibility"),
        bestPractices: score("best-practices"),
        problems: Object.values(audits)
          .filter((audit) => audit.score !== null && audit.score < 1)
          .map(
            (audit) => `${audit.id}: ${audit.title} ${JSON.stringify(audit.details ?? {}).slice(0, 2_000)}`,
          ),
      };
    },
    async [Symbol.asyncDispose]() {
      await context.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}
