import { type ReactElement, useEffect, useRef } from "react";
import type { Series } from "../../data/series.ts";
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
  useEffect(
    () =>
      ticker.every(REDRAW_MS, () => {
        const to = now();
        // What is known for less time than that fills the picture all the same.
        const known = to - (series.points.length > 0 ? series.points.timeAt(0) : to);
        const span = Math.min(spanMs, Math.max(known, MIN_SPAN_MS));
        if (canvas.current !== null) draw(canvas.current, { series, colour, from: to - span, to });
      }),
    [series, colour, now, spanMs],
  );
  return <canvas ref={canvas} className={className} />;
}

interface Drawing {
  readonly series: Series;
  readonly colour: string;
  readonly from: number;
  readonly to: number;
}

const PADDING = 3;

function draw(canvas: HTMLCanvasElement, { series, colour, from, to }: Drawing): void {
  const context = canvas.getContext("2d");
  const { clientWidth: width, clientHeight: height } = canvas;
  if (context === null || width === 0) return;
  const scale = devicePixelRatio;
  if (canvas.width !== Math.round(width * scale)) canvas.width = Math.round(width * scale);
  if (canvas.height !== Math.round(height * scale)) canvas.height = Math.round(height * scale);
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  const points = visiblePoints(series, { from, to, width });
  if (points.length < 2) return;
  const { min, max } = extentOf(points);
  const flat = max === min;
  const y = (value: number) =>
    flat ? height / 2 : PADDING + (1 - (value - min) / (max - min)) * (height - 2 * PADDING);
  context.beginPath();
  for (let index = 0; index < points.length; index += 2) {
    const left = points[index] ?? 0;
    const top = y(points[index + 1] ?? 0);
    if (index === 0) context.moveTo(left, top);
    else {
      if (series.isSwitch) context.lineTo(left, y(points[index - 1] ?? 0));
      context.lineTo(left, top);
    }
  }
  context.strokeStyle = colour;
  context.lineWidth = 1.5;
  context.lineJoin = "round";
  context.stroke();
  context.lineTo(points.at(-2) ?? 0, height);
  context.lineTo(points[0] ?? 0, height);
  context.closePath();
  const fill = context.createLinearGradient(0, 0, 0, height);
  fill.addColorStop(0, `${colour}38`);
  fill.addColorStop(1, `${colour}00`);
  context.fillStyle = fill;
  context.fill();
}

/** Places from the left and values, in turn; at most one point for each pixel, the newest there. */
function visiblePoints(
  { points }: Series,
  { from, to, width }: { readonly from: number; readonly to: number; readonly width: number },
): number[] {
  const visible: number[] = [];
  let lastPixel = Number.NEGATIVE_INFINITY;
  for (let index = Math.max(0, points.firstFrom(from) - 1); index < points.length; index += 1) {
    const x = Math.max(0, ((points.timeAt(index) - from) / (to - from)) * (width - PADDING));
    const value = points.valueAt(index);
    if (Math.floor(x) === lastPixel) visible.splice(-2, 2, x, value);
    else visible.push(x, value);
    lastPixel = Math.floor(x);
  }
  return visible;
}

function extentOf(points: readonly number[]): { readonly min: number; readonly max: number } {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let index = 1; index < points.length; index += 2) {
    const value = points[index] ?? 0;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { min, max };
}
