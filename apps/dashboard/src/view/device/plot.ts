import uPlot from "uplot";
import { type TimeRange, toColumns } from "../../data/columns.ts";
import type { DeviceDetail } from "../../data/device-detail.ts";
import type { LineBreak } from "../../data/fleet-store.ts";
import type { Series } from "../../data/series.ts";
import type { Formats } from "../../text/formats.ts";
import { chartColours } from "../palette.ts";
import type { Theme } from "../preferences.tsx";
import type { Gutters } from "./gutters.ts";
import type { Panel } from "./panels.ts";
import { drawGaps, drawMarks } from "./plot-marks.ts";
import type { CursorReading } from "./time-chart.tsx";

/** What a plot is made of. */
export interface PlotOptions {
  readonly panel: Panel;
  readonly colours: readonly string[];
  readonly theme: Theme;
  readonly formats: Formats;
  readonly words: { readonly on: string; readonly off: string };
  readonly size: { readonly width: number; readonly height: number };
  /** What all charts of the page leave beside their plots. */
  readonly gutters: Gutters;
  readonly onZoom: (range: TimeRange) => void;
  readonly onCursor: (reading: CursorReading | null) => void;
}

/** What it shows at one moment. */
export interface Frame {
  readonly range: TimeRange;
  readonly gaps: readonly LineBreak[];
  readonly marks: DeviceDetail["marks"];
  /** Changes when there is something new. */
  readonly version: number;
}

export interface Plot {
  draw(frame: Frame): void;
  resize(width: number, height: number): void;
  destroy(): void;
}

/** All charts of a page share one cursor. */
const SYNC = uPlot.sync("tesa-device");
/** New values are not waited for to the pixel, but not drawn at each message either. */
const NEW_VALUES_MS = 100;
const AXIS_SIZE = 52;
/** What is left beside a plot where no axis stands. */
const EDGE_SIZE = 12;

/** A uPlot that draws series as columns of a pixel or two. */
export function createPlot(host: HTMLElement, options: PlotOptions): Plot {
  const series = options.panel.axes.flat();
  const { gutters } = options;
  const widths = () => `${gutters.widthOf("left")} ${gutters.widthOf("right")}`;
  let drawnWidths = "";
  let frame: Frame | undefined;
  let drawnAt = 0;
  let isStale = true;
  const plot = new uPlot(
    { ...describe(options, () => frame), ...options.size },
    [[], ...series.map(() => [])] as uPlot.AlignedData,
    host,
  );
  SYNC.sub(plot);
  const msPerPixel = (range: TimeRange) =>
    (range.to - range.from) / Math.max(1, plot.bbox.width / devicePixelRatio);
  return {
    draw(next) {
      const now = performance.now();
      const moved =
        frame === undefined ||
        Math.abs(next.range.to - frame.range.to) >= msPerPixel(next.range) ||
        next.range.to - next.range.from !== frame.range.to - frame.range.from;
      const isNew = next.version !== frame?.version && now - drawnAt >= NEW_VALUES_MS;
      // Another chart has got wider or narrower labels.
      const isUnaligned = widths() !== drawnWidths;
      if (!moved && !isNew && !isStale && !isUnaligned) return;
      frame = next;
      drawnAt = now;
      isStale = false;
      const slices = Math.max(50, Math.round(plot.bbox.width / devicePixelRatio / 1.5));
      const { x, ys } = toColumns(series, next.range, slices, next.gaps);
      plot.batch(() => {
        plot.setData([x, ...ys] as uPlot.AlignedData, false);
        plot.setScale("x", { min: next.range.from / 1_000, max: next.range.to / 1_000 });
        // Without a new scale it would not ask for the sizes of its axes.
        if (isUnaligned) plot.setSize({ width: plot.width, height: plot.height });
      });
      drawnWidths = widths();
    },
    resize(width, height) {
      if (width === plot.width && height === plot.height) return;
      plot.setSize({ width, height });
      isStale = true;
    },
    destroy() {
      SYNC.unsub(plot);
      gutters.leave(plot);
      plot.destroy();
    },
  };
}

function describe(
  options: PlotOptions,
  frame: () => Frame | undefined,
): Omit<uPlot.Options, "width" | "height"> {
  const { panel, colours, theme, formats, gutters } = options;
  const palette = chartColours(theme);
  const series = panel.axes.flat();
  const scaleOf = (one: Series) => `y${panel.axes.findIndex((axis) => axis.includes(one))}`;
  const font = `11px ${getComputedStyle(document.body).fontFamily}`;
  const line = { stroke: palette.grid, width: 1 };
  return {
    pxAlign: 0,
    legend: { show: false },
    padding: [8, (plot) => (panel.axes.length > 1 ? 0 : gutters.fit(plot, "right", EDGE_SIZE)), 0, 0],
    cursor: {
      sync: { key: SYNC.key },
      drag: { x: true, y: false, setScale: false },
      points: { size: 7, fill: (_, index) => colours[index - 1] ?? palette.label },
      y: false,
    },
    scales: {
      x: { time: true, auto: false },
      ...Object.fromEntries(
        panel.axes.map((_, index) => [`y${index}`, { range: panel.isSwitch ? [-0.15, 1.15] : paddedRange }]),
      ),
    },
    series: [
      {},
      ...series.map(
        (one, index): uPlot.Series => ({
          scale: scaleOf(one),
          stroke: colours[index] ?? palette.label,
          width: 1.75,
          spanGaps: false,
          points: { show: true, size: 5, filter: (plot, index) => lonePoints(plot.data[index] ?? []) },
          ...(one.isSwitch && { paths: uPlot.paths.stepped?.({ align: 1 }) as uPlot.Series.PathBuilder }),
        }),
      ),
    ],
    axes: [
      {
        stroke: palette.label,
        font,
        grid: line,
        ticks: { show: false },
        space: (_plot, _axis, _min, _max, width) => (width < 420 ? 56 : 84),
        size: 26,
        values: (plot, splits, _axis, _space, increment) =>
          splits.map((split) => {
            const label = formats.axisTime(split * 1_000, increment * 1_000);
            // At the edge, half of it would be cut off.
            return plot.valToPos(split, "x") + widthOf(label) / 2 > roomOf(plot) ? "" : label;
          }),
      },
      ...panel.axes.map(
        (axis, index): uPlot.Axis => ({
          scale: `y${index}`,
          side: index === 0 ? 3 : 1,
          stroke:
            axis.length === 1 ? (colours[series.indexOf(axis[0] as Series)] ?? palette.label) : palette.label,
          font,
          size: (plot, labels) => gutters.fit(plot, index === 0 ? "left" : "right", axisSize(labels)),
          ticks: { show: false },
          grid: { ...line, show: index === 0 },
          ...(panel.isSwitch
            ? { splits: () => [0, 1], values: () => [options.words.off, options.words.on] }
            : {
                space: 36,
                values: (_plot, splits, _axis, _space, increment) =>
                  splits.map((value) => formats.axisNumber(value, increment)),
              }),
        }),
      ),
    ],
    hooks: {
      drawClear: [(plot) => drawGaps(plot, frame()?.gaps ?? [], palette)],
      draw: [(plot) => drawMarks(plot, frame()?.marks ?? [], palette)],
      setSelect: [
        (plot) => {
          if (plot.select.width < 4) return;
          const time = (x: number) => plot.posToVal(x, "x") * 1_000;
          options.onZoom({ from: time(plot.select.left), to: time(plot.select.left + plot.select.width) });
          plot.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
        },
      ],
      setCursor: [(plot) => options.onCursor(readCursor(plot))],
    },
  };
}

/** As wide as a label is at most: none of its characters is wider than a digit by much. */
function widthOf(label: string): number {
  return label.length * 6.8;
}

/** The width of an axis, for its longest label. */
export function axisSize(labels: readonly string[] | null): number {
  return Math.max(AXIS_SIZE, ...(labels ?? []).map((label) => widthOf(label) + 12));
}

/** From the left edge of the chart proper to the right one of the picture, in CSS pixels. */
function roomOf({ width, bbox }: uPlot): number {
  return width - bbox.left / devicePixelRatio;
}

/** A tenth of air above and below; around a flat line, so much that it lies in the middle. */
function paddedRange(_plot: uPlot, min: number | null, max: number | null): [number, number] {
  if (min === null || max === null || !Number.isFinite(min) || !Number.isFinite(max)) return [0, 1];
  const span = max - min;
  const air = span > 0 ? span * 0.1 : Math.max(Math.abs(max) * 0.02, 0.5);
  return [min - air, max + air];
}

/** The places of values that no line leads to or from: alone between two breaks, or alone altogether. */
export function lonePoints(column: ArrayLike<number | null | undefined>): number[] {
  const lone: number[] = [];
  let run: number[] = [];
  const end = () => {
    if (run.length === 1) lone.push(...run);
    run = [];
  };
  for (let at = 0; at < column.length; at += 1) {
    const value = column[at];
    if (value === null) end();
    // Of a longer run it is enough to know that it is one.
    else if (value !== undefined && run.length < 2) run.push(at);
  }
  end();
  return lone;
}

/** How many slices back a value may lie to count as the one under the cursor. */
const LOOK_BACK = 2_000;

function readCursor(plot: uPlot): CursorReading | null {
  const { idx, left } = plot.cursor;
  if (idx === null || idx === undefined || left === undefined || left < 0) return null;
  const values = plot.data.slice(1).map((column) => {
    for (let at = idx; at >= Math.max(0, idx - LOOK_BACK); at -= 1) {
      const value = column[at];
      if (value === null) return null;
      if (value !== undefined) return value;
    }
    return null;
  });
  return { time: plot.posToVal(left, "x") * 1_000, values };
}
