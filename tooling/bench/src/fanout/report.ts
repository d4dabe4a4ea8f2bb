import type { Machine } from "../machine.ts";
import type { Spread } from "../statistics.ts";
import { textTable } from "../text-table.ts";
import { type Runtime, SCENARIOS, type Scenario, VARIANTS, type Variant } from "./plan.ts";
import { type Comparison, compare, type Median, mediansOf, type Sample } from "./ratios.ts";

/** The scenario for which there are goals, and that at which the relay must not be slower than its peers. */
const BUSY: Scenario = "1000x100";
const IDLE: Scenario = "1000x1";

/** What is asked for at 1,000 clients and 100 events per second. */
export const GOALS = { ratio: 8, ratioEncodeOnce: 4, missing: 0, p99AddedMs: 50 } as const;

/** What is known of a run, apart from its samples. */
export interface ReportInput {
  readonly samples: readonly Sample[];
  readonly rounds: number;
  readonly seconds: number;
  readonly machine: Machine;
  /** Of the runtimes. */
  readonly versions: Readonly<Record<string, string>>;
}

/** The four figures, medians over the rounds; `null` where 1,000 clients and 100 events per second did not run. */
export interface Figures {
  readonly ratio: number | null;
  readonly ratioEncodeOnce: number | null;
  readonly missing: number | null;
  readonly p99AddedMs: number | null;
}

/** The result for programs. At the top, the worse of the runtimes. */
export interface Report extends Figures {
  readonly bench: "fanout";
  readonly goals: typeof GOALS;
  readonly runtimes: Readonly<Partial<Record<Runtime, Figures & RuntimeDetails>>>;
  readonly medians: readonly Median[];
  readonly rounds: number;
  readonly seconds: number;
  readonly machine: Machine;
  readonly versions: Readonly<Record<string, string>>;
}

/** What else is known of a runtime. */
export interface RuntimeDetails {
  /** At one event per second to 1,000 clients: how much later than at the better peer, at median and 99th percentile. */
  readonly idleP50AddedMs: number | null;
  readonly idleP99AddedMs: number | null;
  readonly comparisons: Readonly<Partial<Record<Scenario, Comparison>>>;
}

export function createReport({ samples, ...about }: ReportInput): Report {
  const ran = [...new Set(samples.map(({ runtime }) => runtime))];
  const runtimes = ran.map((runtime) => [runtime, describeRuntime(samples, runtime)] as const);
  const all = runtimes.map(([, figures]) => figures);
  return {
    bench: "fanout",
    ratio: worst(all, "ratio", Math.min),
    ratioEncodeOnce: worst(all, "ratioEncodeOnce", Math.min),
    missing: worst(all, "missing", Math.max),
    p99AddedMs: worst(all, "p99AddedMs", Math.max),
    goals: GOALS,
    runtimes: Object.fromEntries(runtimes),
    medians: mediansOf(samples),
    ...about,
  };
}

function describeRuntime(samples: readonly Sample[], runtime: Runtime): Figures & RuntimeDetails {
  const comparisons = Object.fromEntries(
    (Object.keys(SCENARIOS) as Scenario[]).flatMap((scenario) => {
      const comparison = compare(samples, { runtime, scenario });
      return comparison === null ? [] : [[scenario, comparison]];
    }),
  ) as Partial<Record<Scenario, Comparison>>;
  const busy = comparisons[BUSY];
  const idle = comparisons[IDLE];
  return {
    ratio: busy?.ratio.median ?? null,
    ratioEncodeOnce: busy?.ratioEncodeOnce.median ?? null,
    missing: busy?.missing ?? null,
    p99AddedMs: busy?.p99AddedMs.median ?? null,
    idleP50AddedMs: idle?.p50AddedMs.median ?? null,
    idleP99AddedMs: idle?.p99AddedMs.median ?? null,
    comparisons,
  };
}

function worst(
  all: readonly Figures[],
  name: keyof Figures,
  pick: (...values: number[]) => number,
): number | null {
  const values = all.flatMap((figures) => figures[name] ?? []);
  return values.length === 0 ? null : pick(...values);
}

const TITLES: Readonly<Record<Variant, string>> = {
  plain: "encode and write each",
  once: "encode once, write each",
  relay: "@tesa/relay",
};

/** The result for people. */
export function formatReport(report: Report): string {
  const { machine, rounds, seconds, versions } = report;
  const software = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    `Server-sent events, ${rounds} interleaved rounds of ${seconds} s: medians (lowest to highest).`,
    `${machine.cores} cores (${machine.processor}, ${machine.platform}), load ${machine.load} at the start; ${software.join(", ")}.`,
    "",
    "CPU microseconds of the server for an event that came to a client",
    ...mediansTable(report, ({ cpuUsPerDelivery }) => cpuUsPerDelivery, 2),
    "",
    "Milliseconds from publishing to arrival, 50 % within",
    ...mediansTable(report, ({ p50Ms }) => p50Ms, 1),
    "",
    "Milliseconds from publishing to arrival, 99 % within",
    ...mediansTable(report, ({ p99Ms }) => p99Ms, 1),
    "",
    `The relay beside its peers, ${SCENARIOS[BUSY].title}`,
    ...figuresTable(report),
    "",
  ].join("\n");
}

function mediansTable({ medians }: Report, of: (median: Median) => Spread, digits: number): string[] {
  const rows = medians
    .filter(({ variant }) => variant === VARIANTS[0])
    .map(({ runtime, scenario }) => {
      const cells = VARIANTS.map((variant) => {
        const found = medians.find(
          (median) =>
            median.runtime === runtime && median.scenario === scenario && median.variant === variant,
        );
        return found === undefined ? "" : formatSpread(of(found), digits);
      });
      return [`${runtime}, ${SCENARIOS[scenario].title}`, ...cells];
    });
  return textTable([["", ...VARIANTS.map((variant) => TITLES[variant])], ...rows]);
}

function figuresTable(report: Report): string[] {
  const { runtimes, goals } = report;
  const columns = Object.values(runtimes);
  const row = (title: string, name: keyof Figures, isGood: (value: number) => boolean) => {
    const verdict = report[name] === null ? "not run" : isGood(report[name]) ? "reached" : "not reached";
    return [title, ...columns.map((figures) => format(figures[name])), `goal ${goals[name]}`, verdict];
  };
  const idle = (title: string, name: "idleP50AddedMs" | "idleP99AddedMs") => [
    title,
    ...columns.map((figures) => format(figures[name])),
    "",
    "",
  ];
  return textTable([
    ["", ...Object.keys(runtimes), "", ""],
    row("times less CPU than encode and write each", "ratio", (value) => value >= goals.ratio),
    row(
      "times less CPU than encode once, write each",
      "ratioEncodeOnce",
      (value) => value >= goals.ratioEncodeOnce,
    ),
    row("events missing", "missing", (value) => value <= goals.missing),
    row(
      "ms later than the better peer at the 99th percentile",
      "p99AddedMs",
      (value) => value <= goals.p99AddedMs,
    ),
    idle(`ms later at the median with ${SCENARIOS[IDLE].title}`, "idleP50AddedMs"),
    idle(`ms later at the 99th percentile with ${SCENARIOS[IDLE].title}`, "idleP99AddedMs"),
  ]);
}

function formatSpread({ median, min, max }: Spread, digits: number): string {
  return `${median.toFixed(digits)} (${min.toFixed(digits)} to ${max.toFixed(digits)})`;
}

function format(value: number | null): string {
  return value === null ? "" : Number.isInteger(value) ? String(value) : value.toFixed(2);
}
