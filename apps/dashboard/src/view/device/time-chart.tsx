import { type ReactElement, useEffect, useRef } from "react";
import type { TimeRange } from "../../data/columns.ts";
import type { DeviceDetail } from "../../data/device-detail.ts";
import type { LineBreak } from "../../data/fleet-store.ts";
import type { Formats } from "../../text/formats.ts";
import { useFormats, usePreferences, useText } from "../preferences.tsx";
import { ticker } from "../ticker.ts";
import type { Gutters } from "./gutters.ts";
import type { Panel } from "./panels.ts";
import { createPlot, type Plot } from "./plot.ts";

/** What the cursor stands on: a time, and the value of each series there, in the order of the panel. */
export interface CursorReading {
  readonly time: number;
  readonly values: readonly (number | null)[];
}

interface TimeChartProps {
  readonly panel: Panel;
  readonly colours: readonly string[];
  readonly height: number;
  readonly detail: DeviceDetail;
  readonly gaps: () => readonly LineBreak[];
  /** Shared by all charts of the page. */
  readonly gutters: Gutters;
  /** Which stretch to show now. */
  readonly range: () => TimeRange;
  readonly onZoom: (range: TimeRange) => void;
  readonly onCursor: (reading: CursorReading | null) => void;
  readonly label: string;
}

/** At most so many pictures a second: more cannot be told apart from it. */
const FRAME_MS = 33;

/** A chart that moves with the time and takes up what comes; it draws only when a pixel would change. */
export function TimeChart(props: TimeChartProps): ReactElement {
  const host = useRef<HTMLDivElement>(null);
  const latest = useRef(props);
  latest.current = props;
  const { theme } = usePreferences();
  const formats: Formats = useFormats();
  const text = useText();
  const { panel, height, colours, gutters } = props;
  useEffect(() => {
    if (host.current === null) return;
    const element = host.current;
    const plot: Plot = createPlot(element, {
      panel,
      colours,
      theme,
      formats,
      words: { on: text.device.on, off: text.device.off },
      size: { width: element.clientWidth || 600, height },
      gutters,
      onZoom: (range) => latest.current.onZoom(range),
      onCursor: (reading) => latest.current.onCursor(reading),
    });
    const observer = new ResizeObserver(() => {
      if (element.clientWidth > 0) plot.resize(element.clientWidth, height);
    });
    observer.observe(element);
    const stop = ticker.every(FRAME_MS, () => {
      const { detail, range, gaps } = latest.current;
      plot.draw({ range: range(), gaps: gaps(), marks: detail.marks, version: detail.version });
    });
    return () => {
      stop();
      observer.disconnect();
      plot.destroy();
    };
  }, [panel, colours, height, theme, formats, text, gutters]);
  return <div ref={host} role="img" aria-label={props.label} className="w-full" style={{ height }} />;
}
