import type { ChildProcess } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { nextMessage } from "../child.ts";
import { MeasuredPage, type PageClock } from "./page.ts";
import { type Candidate, fillOf, type Run, type View } from "./plan.ts";
import type { FromFeeder, ToFeeder } from "./protocol.ts";
import { pathOf, SHOW_FLEET, SHOWN_READINGS } from "./views.ts";

/** What was found out about a page in one run. */
export interface Measurement {
  readonly framesPerSecond: number;
  /** The share of the time in which the main thread was busy. */
  readonly mainThread: number;
  /** The same in CPU time: what others on the machine do meanwhile is not part of it. */
  readonly mainThreadCpu: number;
  /** After a collection: before the measured readings, when what the page keeps is full, and after them, in bytes. */
  readonly heapBytes: { readonly start: number; readonly end: number };
  /** Readings that the page has not counted some seconds after the last was due. */
  readonly missing: number;
}

/** What runs are measured with. */
export interface Bench {
  readonly browser: Browser;
  readonly feeder: ChildProcess;
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  readonly devices: number;
  readonly view: View;
  /** How long readings are measured, in seconds. */
  readonly seconds: number;
  /** How long they flow before that, for the compilers, in seconds. */
  readonly settlingSeconds: number;
  /** Where CPU profiles go; none is made without it. */
  readonly profileFolder?: string | undefined;
}

/** The empty page is looked at before and after each of the others, for so long at the most. */
const EMPTY_SECONDS = 5;
/** How long a page may take for what it was sent before the measurement. */
const WARM_UP_MS = 180_000;
/** How long a page that does not keep up may take for the rest after the measurement. */
const GRACE_MS = 10_000;
const LOOK_MS = 100;
/** A page that was busy for less than this share of so long has nothing left to take in. */
const IDLE_SHARE = 0.25;
const IDLE_MS = 700;
/** A feeder that is asked and does not answer for so long hangs. */
const ANSWER_MS = 60_000;

/** The frames per second of a page that does nothing else. */
export async function measureEmptyPage({ browser, origin, seconds }: Bench): Promise<number> {
  await using page = await MeasuredPage.open(browser, `${origin}/empty`);
  await sleep(500);
  const before = await page.clock();
  await sleep(Math.min(seconds, EMPTY_SECONDS) * 1_000);
  return framesPerSecond(before, await page.clock());
}

/** Opens a page, fills it, and measures it while readings come at a steady rate. @throws Error when it takes nothing */
export async function measure(bench: Bench, { candidate, ratePerSecond }: Run): Promise<Measurement> {
  const { browser, feeder, origin, devices, view, seconds, settlingSeconds, profileFolder } = bench;
  const opened = answer(feeder, "opened");
  await using page = await MeasuredPage.open(browser, `${origin}${pathOf(candidate, view)}`);
  await opened;
  const flow = new Flow(feeder, page, { candidate, isShown: candidate === "peer" || view === "fleet" });
  await flow.send(fillOf(candidate, devices), null);
  await flow.allTaken();
  await flow.send(Math.ceil(ratePerSecond * settlingSeconds), ratePerSecond);
  await flow.allTaken();

  const start = await page.heapBytes();
  if (profileFolder !== undefined) await page.startProfile();
  const before = await page.clock();
  await flow.send(Math.ceil(ratePerSecond * seconds), ratePerSecond);
  const after = await page.clock();
  if (profileFolder !== undefined) {
    const name = `${candidate}-${view}-${ratePerSecond}.cpuprofile`;
    await writeFile(join(profileFolder, name), await page.stopProfile());
  }
  await flow.taken(GRACE_MS);
  const end = await page.heapBytes();
  return {
    framesPerSecond: framesPerSecond(before, after),
    mainThread: busyShare(before, after),
    mainThreadCpu: (after.cpuSeconds - before.cpuSeconds) / (after.atSeconds - before.atSeconds),
    heapBytes: { start, end },
    // Last: to be looked up, it may take another view.
    missing: await flow.missing(),
  };
}

/** What goes to a page, and what it has counted of it. */
class Flow {
  readonly #feeder: ChildProcess;
  readonly #page: MeasuredPage;
  readonly #candidate: Candidate;
  /** Whether the page shows its count all the time. */
  #isShown: boolean;
  #sent = 0;

  constructor(
    feeder: ChildProcess,
    page: MeasuredPage,
    { candidate, isShown }: { readonly candidate: Candidate; readonly isShown: boolean },
  ) {
    this.#feeder = feeder;
    this.#page = page;
    this.#candidate = candidate;
    this.#isShown = isShown;
  }

  /** Fulfils when so many readings are due. */
  async send(readings: number, ratePerSecond: number | null): Promise<void> {
    const seconds = ratePerSecond === null ? 0 : readings / ratePerSecond;
    const due = answer(this.#feeder, "due", seconds);
    const message: ToFeeder = { type: "feed", readings, ratePerSecond };
    this.#feeder.send(message);
    this.#sent += readings;
    await due;
  }

  /** Waits until the page has taken in all there is, or the time is over. */
  async taken(timeoutMs: number): Promise<void> {
    const end = performance.now() + timeoutMs;
    while (performance.now() < end) {
      if (this.#isShown ? (await this.#left()) === 0 : await this.#isIdle()) return;
      await sleep(LOOK_MS);
    }
  }

  /** As {@link taken}. @throws Error if it has not */
  async allTaken(): Promise<void> {
    await this.taken(WARM_UP_MS);
    const left = this.#isShown ? await this.#left() : 0;
    if (left === 0) return;
    throw new Error(`The page of the ${this.#candidate} did not count ${left} of ${this.#sent} readings.`);
  }

  /** How many readings the page has not counted. */
  async missing(): Promise<number> {
    if (!this.#isShown) {
      await this.#page.evaluate(SHOW_FLEET);
      this.#isShown = true;
      await this.taken(GRACE_MS);
    }
    return this.#left();
  }

  async #left(): Promise<number> {
    return this.#sent - (await this.#counted());
  }

  async #counted(): Promise<number> {
    const shown = String(await this.#page.evaluate(SHOWN_READINGS[this.#candidate]));
    return Number(shown.replaceAll(/\D/g, ""));
  }

  /** Where the page does not show how far it is: whether it has hardly anything to do. */
  async #isIdle(): Promise<boolean> {
    const before = await this.#page.clock();
    await sleep(IDLE_MS);
    return busyShare(before, await this.#page.clock()) < IDLE_SHARE;
  }
}

/** The share of the time in which the main thread was busy. */
function busyShare(before: PageClock, after: PageClock): number {
  return (after.busySeconds - before.busySeconds) / (after.atSeconds - before.atSeconds);
}

function framesPerSecond(before: PageClock, after: PageClock): number {
  const ms = after.framesAtMs - before.framesAtMs;
  return ms > 0 ? ((after.frames - before.frames) * 1_000) / ms : 0;
}

/** The feeder's next message; for as long as a feed lasts it says nothing. */
async function answer(feeder: ChildProcess, type: FromFeeder["type"], afterSeconds = 0): Promise<void> {
  const timeoutMs = ANSWER_MS + afterSeconds * 1_000;
  const received = await nextMessage<FromFeeder>(
    feeder,
    `The feeder, which was to say "${type}",`,
    timeoutMs,
  );
  if (received.type !== type) throw new Error(`The feeder said "${received.type}" and not "${type}".`);
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
