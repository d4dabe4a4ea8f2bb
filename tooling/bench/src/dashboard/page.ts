import type { Browser, BrowserContext, CDPSession } from "playwright-core";

/** What has been used up on a page since it was opened. */
export interface PageClock {
  /** Frames that the page was asked to draw. */
  readonly frames: number;
  /** When the last of them was, in milliseconds. */
  readonly framesAtMs: number;
  /** How long the main thread ran tasks, what CPU time that took, and when both were read, in seconds. */
  readonly busySeconds: number;
  readonly cpuSeconds: number;
  readonly atSeconds: number;
}

/** Begins to count the frames of a page. It costs a call for each of them, on the empty page as well. */
const COUNT_FRAMES = `
  globalThis.benchFrames = { count: 0, at: performance.now() };
  requestAnimationFrame(function step() {
    benchFrames.count += 1;
    benchFrames.at = performance.now();
    requestAnimationFrame(step);
  });
`;
const READ_FRAMES = "JSON.stringify([benchFrames.count, benchFrames.at])";

/** What one collection finds to be garbage may have held on to more, until a task of the browser has let go of it. */
const COLLECTIONS = 3;
const BETWEEN_COLLECTIONS_MS = 250;

const SIZE = { width: 1_440, height: 900 };

/** A page that is measured, in a browser profile of its own. Everything is asked for over the DevTools protocol. */
export class MeasuredPage implements AsyncDisposable {
  readonly #context: BrowserContext;
  readonly #devtools: CDPSession;
  /** A session that measures tasks in CPU time: each has one way to measure. */
  readonly #inCpuTime: CDPSession;

  private constructor(context: BrowserContext, devtools: CDPSession, inCpuTime: CDPSession) {
    this.#context = context;
    this.#devtools = devtools;
    this.#inCpuTime = inCpuTime;
  }

  static async open(browser: Browser, url: string): Promise<MeasuredPage> {
    // The language decides how the dashboard writes the numbers that are read off it.
    const context = await browser.newContext({ viewport: SIZE, locale: "en-GB" });
    const page = await context.newPage();
    const devtools = await context.newCDPSession(page);
    const inCpuTime = await context.newCDPSession(page);
    const opened = new MeasuredPage(context, devtools, inCpuTime);
    await devtools.send("Performance.enable", { timeDomain: "timeTicks" });
    await inCpuTime.send("Performance.enable", { timeDomain: "threadTicks" });
    await page.goto(url);
    await opened.evaluate(COUNT_FRAMES);
    return opened;
  }

  /** Evaluates an expression on the page; its Content-Security-Policy does not forbid it. @throws Error if it throws */
  async evaluate(expression: string): Promise<unknown> {
    const { result, exceptionDetails } = await this.#devtools.send("Runtime.evaluate", {
      expression,
      returnByValue: true,
    });
    if (exceptionDetails !== undefined) {
      throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    }
    return result.value;
  }

  async clock(): Promise<PageClock> {
    const { metrics } = await this.#devtools.send("Performance.getMetrics");
    const { metrics: inCpuTime } = await this.#inCpuTime.send("Performance.getMetrics");
    const [frames, framesAtMs] = JSON.parse(String(await this.evaluate(READ_FRAMES))) as [number, number];
    return {
      frames,
      framesAtMs,
      busySeconds: metricOf(metrics, "TaskDuration"),
      cpuSeconds: metricOf(inCpuTime, "TaskDuration"),
      atSeconds: metricOf(metrics, "Timestamp"),
    };
  }

  /** Bytes that are held after a garbage collection: objects, and the memory behind typed arrays. */
  async heapBytes(): Promise<number> {
    for (let time = 0; time < COLLECTIONS; time += 1) {
      await this.#devtools.send("HeapProfiler.collectGarbage");
      await new Promise((resolve) => setTimeout(resolve, BETWEEN_COLLECTIONS_MS));
    }
    const usage = (await this.#devtools.send("Runtime.getHeapUsage")) as {
      readonly usedSize: number;
      readonly backingStorageSize?: number;
    };
    return usage.usedSize + (usage.backingStorageSize ?? 0);
  }

  async startProfile(): Promise<void> {
    await this.#devtools.send("Profiler.enable");
    await this.#devtools.send("Profiler.setSamplingInterval", { interval: 500 });
    await this.#devtools.send("Profiler.start");
  }

  /** A CPU profile, as DevTools load it. */
  async stopProfile(): Promise<string> {
    const { profile } = await this.#devtools.send("Profiler.stop");
    return JSON.stringify(profile);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#context.close();
  }
}

function metricOf(
  metrics: readonly { readonly name: string; readonly value: number }[],
  wanted: string,
): number {
  return metrics.find(({ name }) => name === wanted)?.value ?? Number.NaN;
}
