import type { Machine } from "../machine.ts";
import { median, type Spread, spread } from "../statistics.ts";
import { textTable } from "../text-table.ts";
import type { Measurement } from "./measure.ts";
import { CANDIDATES, type Candidate, type Run, type View } from "./plan.ts";

/** What is asked for at the highest rate. */
export const GOALS = { frameShare: 0.9, mainThread: 0.5, heapGrowth: 0.1, missing: 0 } as const;

/** A measurement, its round, and the frames per second of the empty page, the mean of right before and right after. */
export interface Sample extends Run {
  readonly round: number;
  readonly emptyFramesPerSecond: number;
  readonly measurement: Measurement;
}

/** The four figures of a page: medians over the rounds, and of what is missing the most. */
export interface Figures {
  /** Frames as a share of those of the empty page. */
  readonly frameShare: number;
  /** Seconds in which the main thread is busy, in each second. */
  readonly mainThread: number;
  /** What the heap has grown by while readings came, as a share of what it was. */
  readonly heapGrowth: number;
  /** Readings that the page has not counted. */
  readonly missing: number;
}

/** More about a page at one rate. */
export interface Details extends Figures {
  readonly framesPerSecond: Spread;
  readonly frameShareRange: Spread;
  readonly mainThreadRange: Spread;
  /** In CPU time: without what others on the machine did meanwhile. */
  readonly mainThreadCpu: Spread;
  /** Bytes before and after, of each round. */
  readonly heapBytes: readonly { readonly start: number; readonly end: number }[];
}

/** What is known of a run, apart from its samples. */
export interface ReportInput {
  readonly samples: readonly Sample[];
  readonly rounds: number;
  readonly seconds: number;
  readonly devices: number;
  readonly view: View;
  readonly machine: Machine;
  readonly versions: Readonly<Record<string, string>>;
}

type Nullable<T> = { readonly [Name in keyof T]: T[Name] | null };

/** The result for programs. At the top, the figures at the highest rate; `null` where a page did not run. */
export interface Report extends Nullable<Figures> {
  readonly bench: "dashboard";
  readonly peer: Figures | null;
  readonly goals: typeof GOALS;
  readonly ratePerSecond: number;
  readonly rates: readonly ({ readonly ratePerSecond: number } & Partial<Record<Candidate, Details>>)[];
  readonly emptyFramesPerSecond: Spread;
  readonly rounds: number;
  readonly seconds: number;
  readonly devices: number;
  readonly view: View;
  readonly machine: Machine;
  readonly versions: Readonly<Record<string, string>>;
}

export function createReport({ samples, ...about }: ReportInput): Report {
  const rates = [...new Set(samples.map(({ ratePerSecond }) => ratePerSecond))].sort((a, b) => a - b);
  const ratePerSecond = rates.at(-1) ?? Number.NaN;
  const own = figuresOf(samples, { candidate: "dashboard", ratePerSecond });
  return {
    bench: "dashboard",
    frameShare: own?.frameShare ?? null,
    mainThread: own?.mainThread ?? null,
    heapGrowth: own?.heapGrowth ?? null,
    missing: own?.missing ?? null,
    peer: figuresOf(samples, { candidate: "peer", ratePerSecond }),
    goals: GOALS,
    ratePerSecond,
    rates: rates.map((rate) => ({
      ratePerSecond: rate,
      ...Object.fromEntries(
        CANDIDATES.flatMap((candidate) => {
          const details = detailsOf(samples, { candidate, ratePerSecond: rate });
          return details === null ? [] : [[candidate, details]];
        }),
      ),
    })),
    emptyFramesPerSecond: spread(samples.map(({ emptyFramesPerSecond }) => emptyFramesPerSecond)),
    ...about,
  };
}

function figuresOf(samples: readonly Sample[], run: Run): Figures | null {
  const details = detailsOf(samples, run);
  if (details === null) return null;
  const { frameShare, mainThread, heapGrowth, missing } = details;
  return { frameShare, mainThread, heapGrowth, missing };
}

function detailsOf(samples: readonly Sample[], { candidate, ratePerSecond }: Run): Details | null {
  const own = samples.filter(
    (sample) => sample.candidate === candidate && sample.ratePerSecond === ratePerSecond,
  );
  if (own.length === 0) return null;
  const shares = own.map(
    ({ measurement, emptyFramesPerSecond }) => measurement.framesPerSecond / emptyFramesPerSecond,
  );
  const busy = own.map(({ measurement }) => measurement.mainThread);
  const heaps = own.map(({ measurement }) => measurement.heapBytes);
  return {
    frameShare: median(shares),
    mainThread: median(busy),
    heapGrowth: median(heaps.map(({ start, end }) => (end - start) / start)),
    missing: Math.max(...own.map(({ measurement }) => measurement.missing)),
    framesPerSecond: spread(own.map(({ measurement }) => measurement.framesPerSecond)),
    frameShareRange: spread(shares),
    mainThreadRange: spread(busy),
    mainThreadCpu: spread(own.map(({ measurement }) => measurement.mainThreadCpu)),
    heapBytes: heaps,
  };
}

const TITLES: Readonly<Record<Candidate, string>> = {
  dashboard: "the dashboard",
  peer: "state array and Recharts",
};

/** The result for people. */
export function formatReport(report: Report): string {
  const { machine, rounds, seconds, versions, devices, view, emptyFramesPerSecond } = report;
  const software = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    `The ${view} view, ${devices} devices, ${rounds} ${rounds === 1 ? "round" : "rounds"} of ${seconds} s at each rate: medians (lowest to highest).`,
    `${machine.cores} cores (${machine.processor}, ${machine.platform}), load ${machine.load} at the start; ${software.join(", ")}.`,
    `An empty page draws ${emptyFramesPerSecond.median.toFixed(1)} frames per second.`,
    ...report.rates.flatMap((rate) => [
      "",
      `${formatCount(rate.ratePerSecond)} readings per second`,
      ...rateTable(rate),
    ]),
    "",
    `Goals, at ${formatCount(report.ratePerSecond)} readings per second`,
    ...goalTable(report),
    "",
  ].join("\n");
}

function rateTable(rate: Report["rates"][number]): string[] {
  const ran = CANDIDATES.flatMap((candidate) => {
    const details = rate[candidate];
    return details === undefined ? [] : [{ candidate, details }];
  });
  const row = (title: string, of: (details: Details) => string) => [
    title,
    ...ran.map(({ details }) => of(details)),
  ];
  return textTable([
    ["", ...ran.map(({ candidate }) => TITLES[candidate])],
    row("frames per second", ({ framesPerSecond }) => formatSpread(framesPerSecond, 1)),
    row("as a share of the empty page's", ({ frameShareRange }) => formatSpread(frameShareRange, 2)),
    row("main thread busy, of each second", ({ mainThreadRange }) => formatSpread(mainThreadRange, 2)),
    row("its CPU time, of each second", ({ mainThreadCpu }) => formatSpread(mainThreadCpu, 2)),
    row("heap before, MB", ({ heapBytes }) => formatMegabytes(heapBytes.map(({ start }) => start))),
    row("heap after, MB", ({ heapBytes }) => formatMegabytes(heapBytes.map(({ end }) => end))),
    row("readings not counted", ({ missing }) => formatCount(missing)),
  ]);
}

function goalTable(report: Report): string[] {
  const { goals, peer } = report;
  const rows = [
    { name: "frameShare", title: "frames, share of the empty page's", digits: 2, sign: "at least" },
    { name: "mainThread", title: "main thread, share of the time", digits: 2, sign: "under" },
    { name: "heapGrowth", title: "growth of the heap", digits: 3, sign: "at most" },
    { name: "missing", title: "readings missing", digits: 0, sign: "at most" },
  ] as const;
  const format = (value: number | null | undefined, digits: number) =>
    value === null || value === undefined ? "" : value.toFixed(digits);
  return textTable([
    ["", TITLES.dashboard, TITLES.peer, "", ""],
    ...rows.map(({ name, title, digits, sign }) => [
      title,
      format(report[name], digits),
      format(peer?.[name], digits),
      `goal ${sign} ${goals[name]}`,
      verdictOf(name, report[name]),
    ]),
  ]);
}

/** Whether a figure is as good as it is meant to be. */
export function verdictOf(name: keyof Figures, value: number | null): "reached" | "not reached" | "not run" {
  if (value === null) return "not run";
  const isReached =
    name === "frameShare"
      ? value >= GOALS.frameShare
      : name === "mainThread"
        ? value < GOALS.mainThread
        : value <= GOALS[name];
  return isReached ? "reached" : "not reached";
}

function formatSpread({ median: middle, min, max }: Spread, digits: number): string {
  const range = min === max ? "" : ` (${min.toFixed(digits)} to ${max.toFixed(digits)})`;
  return `${middle.toFixed(digits)}${range}`;
}

function formatMegabytes(bytes: readonly number[]): string {
  return formatSpread(spread(bytes.map((count) => count / 1e6)), 1);
}

function formatCount(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}
