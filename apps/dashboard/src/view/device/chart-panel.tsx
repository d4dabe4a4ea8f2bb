import { type ReactElement, useMemo, useState } from "react";
import type { TimeRange } from "../../data/columns.ts";
import type { DeviceDetail } from "../../data/device-detail.ts";
import type { LineBreak } from "../../data/fleet-store.ts";
import { visibleText } from "../../data/names.ts";
import type { Series } from "../../data/series.ts";
import { SensorName, UnitName } from "../device-name.tsx";
import { useFormats, useText } from "../preferences.tsx";
import { drawnWords } from "./drawn-words.ts";
import type { Gutters } from "./gutters.ts";
import type { Panel } from "./panels.ts";
import { type CursorReading, TimeChart } from "./time-chart.tsx";

interface ChartPanelProps {
  readonly panel: Panel;
  readonly colourOf: (series: Series) => string;
  readonly detail: DeviceDetail;
  readonly gaps: () => readonly LineBreak[];
  readonly gutters: Gutters;
  readonly range: () => TimeRange;
  readonly onZoom: (range: TimeRange) => void;
  readonly height: number;
}

/** A chart with its names above it, which tell the values under the cursor. */
export function ChartPanel({
  panel,
  colourOf,
  detail,
  gaps,
  gutters,
  range,
  onZoom,
  height,
}: ChartPanelProps): ReactElement {
  const text = useText();
  const formats = useFormats();
  const [cursor, setCursor] = useState<CursorReading | null>(null);
  const series = useMemo(() => panel.axes.flat(), [panel]);
  const colours = useMemo(() => series.map(colourOf), [series, colourOf]);
  return (
    <figure className="rounded-2xl border border-line bg-surface p-3 pb-2 shadow-card">
      <figcaption className="mb-1 flex min-h-6 flex-wrap items-baseline gap-x-4 gap-y-1 px-1">
        {series.map((one, index) => (
          <span key={one.key} className="flex min-w-0 items-baseline gap-1.5 text-[13px]">
            <span
              className="h-0.75 w-3 shrink-0 self-center rounded-full"
              style={{ background: colours[index] }}
            />
            <SensorName name={one.sensor} className="truncate font-medium" />
            <UnitName unit={one.unit} className="max-w-24 truncate text-muted" />
            {cursor !== null && (
              <span className="tnum font-semibold">
                {drawnWords(cursor.values[index] ?? null, one, formats)}
              </span>
            )}
          </span>
        ))}
        <span className="tnum ml-auto text-xs text-faint">
          {cursor === null ? (
            <span className="hidden md:pointer-fine:inline">{text.device.zoomHint}</span>
          ) : (
            formats.timeWithMs(cursor.time)
          )}
        </span>
      </figcaption>
      <TimeChart
        panel={panel}
        colours={colours}
        height={height}
        detail={detail}
        gaps={gaps}
        gutters={gutters}
        range={range}
        onZoom={onZoom}
        onCursor={setCursor}
        label={text.device.chartLabel(series.map(({ sensor }) => visibleText(sensor, 60)).join(", "))}
      />
    </figure>
  );
}
