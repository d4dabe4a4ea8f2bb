/** A figure, or several with labels, as Prometheus reads it (text format 0.0.4). */
export interface Metric {
  /** Begins with `tesa_` and ends in its unit, `_total` for a count that only grows. */
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly samples: readonly Sample[];
}

/** One line. */
export interface Sample {
  /** What stands behind the metric's name: `_bucket`, `_sum`, `_count` of a histogram. @default nothing */
  readonly suffix?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A counter or gauge without labels. */
export function plainMetric(type: "counter" | "gauge", name: string, help: string, value: number): Metric {
  return { name, type, help, samples: [{ value }] };
}

/** Writes what a scrape gets. */
export function formatMetrics(metrics: readonly Metric[]): string {
  return metrics.map(formatMetric).join("");
}

function formatMetric({ name, type, help, samples }: Metric): string {
  const lines = samples.map(({ suffix = "", labels = {}, value }) => {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}=${JSON.stringify(text)}`);
    return `${name}${suffix}${pairs.length === 0 ? "" : `{${pairs.join(",")}}`} ${value}\n`;
  });
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("")}`;
}
