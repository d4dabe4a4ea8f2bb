import type { Machine } from "../machine.ts";
import type { Spread } from "../statistics.ts";
import { textTable } from "../text-table.ts";
import { type Baseline, findRegressions, goalOf, type Regression, ratioNames } from "./baseline.ts";
import { type Amounts, SCENARIOS, type Scenario, type Variant } from "./plan.ts";
import {
  type Median,
  mediansOf,
  noiseOf,
  type OtherRatioName,
  otherRatiosOf,
  RATIOS,
  type RatioName,
  ratiosOf,
  type Sample,
} from "./ratios.ts";

/** What is known of a run, apart from its samples. */
export interface ReportInput {
  readonly samples: readonly Sample[];
  readonly baseline: Partial<Baseline>;
  readonly rounds: number;
  readonly protocolVersion: 4 | 5;
  readonly amounts: Amounts;
  readonly machine: Machine;
  readonly versions: Readonly<Record<string, string>>;
}

/** The result for programs. Ratios are how many times less CPU a message takes than with stock mqtt.js that only counts. */
export interface Report {
  readonly bench: "receive";
  /** Medians over the rounds; `null` where a variant did not run. `durablePeer` is a ratio of throughputs. */
  readonly ratios: Readonly<Record<RatioName, number | null>>;
  readonly ratioRanges: Readonly<Record<RatioName, Spread | null>>;
  readonly goals: Readonly<Record<RatioName, number>>;
  /** Without a goal. */
  readonly otherRatios: Readonly<Record<OtherRatioName, Spread | null>>;
  readonly medians: readonly Median[];
  /** How far rounds lie apart, as a share of the median. */
  readonly noise: number;
  readonly regressions: readonly Regression[];
  readonly rounds: number;
  readonly protocolVersion: 4 | 5;
  readonly amounts: Amounts;
  readonly machine: Machine;
  readonly versions: Readonly<Record<string, string>>;
}

export function createReport({ samples, baseline, ...about }: ReportInput): Report {
  const ratios = ratiosOf(samples);
  const medians = mediansOf(samples);
  const each = <Value>(of: (name: RatioName) => Value) =>
    Object.fromEntries(ratioNames().map((name) => [name, of(name)])) as Record<RatioName, Value>;
  return {
    bench: "receive",
    ratios: each((name) => ratios[name]?.median ?? null),
    ratioRanges: ratios,
    goals: each((name) => goalOf(name, baseline)),
    otherRatios: otherRatiosOf(samples),
    medians,
    noise: noiseOf(medians),
    regressions: findRegressions(baseline, ratios),
    ...about,
  };
}

const TITLES: Readonly<Record<Variant, string>> = {
  stock: "stock mqtt.js",
  memory: "ours, memory",
  sqlite: "ours, SQLite",
  durablePeer: "stock + SQLite",
  durablePeerSync: "stock + SQLite, one thread",
};

/** The result for people. */
export function formatReport(report: Report): string {
  const { machine, rounds, protocolVersion, noise, versions } = report;
  const software = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    `QoS 1 over wss, MQTT ${protocolVersion === 5 ? "5" : "3.1.1"}, ${rounds} interleaved rounds: medians (lowest to highest).`,
    `${machine.cores} cores (${machine.processor}, ${machine.platform}), load ${machine.load} at the start; ${software.join(", ")}.`,
    `Rounds lie ${Math.round(noise * 100)} % of the median apart. Absolute figures hold for this machine; the ratios count.`,
    "",
    "CPU microseconds of the receiving process for a message",
    ...mediansTable(report, ({ cpuUsPerMessage }) => cpuUsPerMessage, formatMicroseconds),
    "",
    "Messages per second",
    ...mediansTable(report, ({ messagesPerSecond }) => messagesPerSecond, formatCount),
    "",
    "Ratios: times less CPU than stock mqtt.js that only counts",
    ...ratioTable(report),
    ...report.regressions.map(formatRegression),
    "",
  ].join("\n");
}

function mediansTable(
  { medians }: Report,
  of: (median: Median) => Spread,
  format: (value: number) => string,
): string[] {
  const variants = (Object.keys(TITLES) as Variant[]).filter((variant) =>
    medians.some((median) => median.variant === variant),
  );
  const row = (scenario: Scenario) =>
    variants.map((variant) => {
      const found = medians.find((median) => median.scenario === scenario && median.variant === variant);
      if (found === undefined) return "";
      const { median, min, max } = of(found);
      return `${format(median)} (${format(min)} to ${format(max)})`;
    });
  const scenarios = (Object.keys(SCENARIOS) as Scenario[]).filter((scenario) =>
    medians.some((median) => median.scenario === scenario),
  );
  return textTable([
    ["", ...variants.map((variant) => TITLES[variant])],
    ...scenarios.map((scenario) => [SCENARIOS[scenario].title, ...row(scenario)]),
  ]);
}

function ratioTable({ ratios, ratioRanges, goals, otherRatios }: Report): string[] {
  const rows = ratioNames().map((name) => {
    const ratio = ratios[name];
    const range = ratioRanges[name];
    const verdict = ratio === null ? "not run" : ratio >= goals[name] ? "reached" : "below";
    return [
      `${name}: ${RATIOS[name].title}`,
      ratio === null ? "" : ratio.toFixed(2),
      range === null ? "" : formatRange(range),
      `goal ${goals[name]}`,
      verdict,
    ];
  });
  const others = Object.entries(otherRatios).flatMap(([name, ratio]) =>
    ratio === null ? [] : [[name, ratio.median.toFixed(2), formatRange(ratio), "no goal"]],
  );
  return textTable([...rows, ...others]);
}

function formatRange({ min, max }: Spread): string {
  return `(${min.toFixed(2)} to ${max.toFixed(2)})`;
}

function formatRegression({ name, before, now }: Regression): string {
  const loss = Math.round((1 - now / before) * 100);
  return `REGRESSION: ${name} is ${now.toFixed(2)} and was ${before.toFixed(2)}: ${loss} % lost.`;
}

function formatMicroseconds(value: number): string {
  return value.toFixed(value < 10 ? 2 : 1);
}

function formatCount(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}
