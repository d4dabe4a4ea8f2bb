import { type ReactElement, useEffect, useRef } from "react";
import { type Columns, toColumns } from "../../data/columns.ts";
import type { LineBreak } from "../../data/fleet-store.ts";
import type { Series } from "../../data/series.ts";
import { useSession } from "../session-context.tsx";
import { ticker } from "../ticker.ts";

interface SparklineProps {
  readonly series: Series;
  readonly colour: string;
  /** The time by the clock of the messages. */
  readonly now: () => number;
  /** How much time it shows, in milliseconds. */
  readonly spanMs: number;
  readonly className: string;
}

const REDRAW_MS = 400;
const MIN_SPAN_MS = 15_000;

/** A small line without axes, on a canvas. It says nothing that is not in the text beside it. */
export function Sparkline({ series, colour, now, spanMs, className }: SparklineProps): ReactElement {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { store } = useSession();
  useEffect(
    () =>
      ticker.every(REDRAW_MS, () => {
        const to = now();
        // What is known for less time than that fills the picture all the same.
        const known = to - (series.points.length > 0 ? series.points.timeAt(0) : to);
        const span = Math.min(spanMs, Math.max(known, MIN_SPAN_MS));
        if (canvas.current === null) return;
        draw(canvas.current, { series, colour, from: to - span, to, breaks: store.breaks() });
      }),
    [series, colour, now, spanMs, store],
  );
  return <canvas ref={canvas} className={className} />;
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
