import { type ReactElement, useEffect, useRef } from "react";
import { type Columns, toColumns } from "../../data/columns.ts";
import type { Device, LineBreak } from "../../data/fleet-store.ts";
import type { Series } from "../../data/series.ts";
import { seriesColour } from "../palette.ts";
import { usePreferences } from "../preferences.tsx";
import { useSession } from "../session-context.tsx";
import { ticker } from "../ticker.ts";

interface SparklineProps {
  readonly device: Device;
  readonly series: Series;
  /** Its place among those of the device, for its colour. */
  readonly index: number;
  readonly className: string;
}

const REDRAW_MS = 400;
const SPAN_MS = 120_000;
const MIN_SPAN_MS = 15_000;

/** A small line without axes, on a canvas. It says nothing that is not in the text beside it. */
export function Sparkline({ device, series, index, className }: SparklineProps): ReactElement {
  const canvas = useRef<HTMLCanvasElement>(null);
  const session = useSession();
  const { theme } = usePreferences();
  const spanMs = spanOf(device);
  useEffect(() => {
    const colour = seriesColour(theme, index);
    return ticker.every(REDRAW_MS, () => {
      const to = session.now();
      // What is known for less time than that fills the picture all the same.
      const known = to - (series.points.length > 0 ? series.points.timeAt(0) : to);
      const span = Math.min(spanMs, Math.max(known, MIN_SPAN_MS));
      if (canvas.current === null) return;
      draw(canvas.current, { series, colour, from: to - span, to, breaks: session.store.breaks() });
    });
  }, [series, index, theme, spanMs, session]);
  return <canvas ref={canvas} className={className} />;
}

/** Slow devices get more time, or there would be nothing to see. */
function spanOf({ intervalMs }: Device): number {
  const wanted = Math.max(SPAN_MS, (intervalMs ?? 0) * 30);
  // In coarse steps, so that the picture does not stretch at each message.
  return SPAN_MS * 2 ** Math.ceil(Math.log2(wanted / SPAN_MS));
}

interface Drawing {
  readonly series: Series;
  readonly colour: string;
  readonly from: number;
  readonly to: number;
  readonly breaks: readonly LineBreak[];
}

const PADDING = 3;

function draw(canvas: HTMLCanvasElement, { series, colour, from, to, breaks }: Drawing): void {
  const context = canvas.getContext("2d");
  const { clientWidth: width, clientHeight: height } = canvas;
  if (context === null || width === 0) return;
  const scale = devicePixelRatio;
  if (canvas.width !== Math.round(width * scale)) canvas.width = Math.round(width * scale);
  if (canvas.height !== Math.round(height * scale)) canvas.height = Math.round(height * scale);
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  const columns = toColumns([series], { from, to }, Math.max(10, Math.round(width / 1.5)), breaks);
  const place = (seconds: number) =>
    Math.max(0, ((seconds * 1_000 - from) / (to - from)) * (width - PADDING));
  const fill = context.createLinearGradient(0, 0, 0, height);
  fill.addColorStop(0, `${colour}38`);
  fill.addColorStop(1, `${colour}00`);
  context.fillStyle = fill;
  context.strokeStyle = colour;
  context.lineWidth = 1.5;
  context.lineJoin = "round";
  context.lineCap = "round";
  for (const points of runsOf(columns, place, height)) {
    context.beginPath();
    for (let index = 0; index < points.length; index += 2) {
      const left = points[index] ?? 0;
      const top = points[index + 1] ?? 0;
      if (index > 0 && series.isSwitch) context.lineTo(left, points[index - 1] ?? 0);
      // The first one to itself, so that a point alone is a dot.
      context.lineTo(left, top);
      if (index === 0) context.lineTo(left, top);
    }
    context.stroke();
    context.lineTo(points.at(-2) ?? 0, height);
    context.lineTo(points[0] ?? 0, height);
    context.closePath();
    context.fill();
  }
}

/** What is drawn without a break: places from the left and from the top, in turn. */
function runsOf(
  { x, ys }: Columns,
  place: (seconds: number) => number,
  height: number,
): readonly (readonly number[])[] {
  const values = ys[0] ?? [];
  const { min, max } = extentOf(values);
  const top = (value: number) =>
    max === min ? height / 2 : PADDING + (1 - (value - min) / (max - min)) * (height - 2 * PADDING);
  const runs: number[][] = [];
  let run: number[] | undefined;
  for (const [index, value] of values.entries()) {
    if (value === null) run = undefined;
    else if (value !== undefined) {
      if (run === undefined) {
        run = [];
        runs.push(run);
      }
      run.push(place(x[index] ?? 0), top(value));
    }
  }
  return runs;
}

/** Of all that is drawn, also of the point that a line comes in from. */
function extentOf(values: readonly (number | null | undefined)[]): {
  readonly min: number;
  readonly max: number;
} {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value === null || value === undefined) continue;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { min, max };
}
