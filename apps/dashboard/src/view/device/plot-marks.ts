import type uPlot from "uplot";
import type { DeviceDetail } from "../../data/device-detail.ts";
import type { LineBreak } from "../../data/fleet-store.ts";
import type { chartColours } from "../palette.ts";

type Palette = ReturnType<typeof chartColours>;

/** Shades the stretches of which messages are, or may be, missing. */
export function drawGaps(plot: uPlot, gaps: readonly LineBreak[], palette: Palette): void {
  const { ctx, bbox } = plot;
  const right = bbox.left + bbox.width;
  const place = (time: number | null, otherwise: number) =>
    time === null
      ? otherwise
      : Math.round(Math.min(right, Math.max(bbox.left, plot.valToPos(time / 1_000, "x", true))));
  ctx.save();
  for (const { kind, from, to } of gaps) {
    // Where the page was away, the line tells what is missing.
    if (kind === "away") continue;
    const start = place(from, bbox.left);
    const end = place(to, right);
    if (end <= bbox.left || start >= right || (from !== null && to !== null && to < from)) continue;
    ctx.fillStyle = kind === "certain" ? palette.gapCertain : palette.gap;
    // However short, it is seen.
    const width = Math.max(end - start, 2 * devicePixelRatio);
    ctx.fillRect(start, bbox.top, width, bbox.height);
    ctx.fillStyle = kind === "certain" ? palette.malformed : palette.late;
    for (const edge of [start, start + width]) ctx.fillRect(edge, bbox.top, devicePixelRatio, bbox.height);
  }
  ctx.restore();
}

/** Two marks closer than this, in pixels, are drawn as one. */
const NEAREST = 5;

/** Small triangles at the foot: here came a message that is late, malformed, or has a wrong clock. */
export function drawMarks(plot: uPlot, marks: DeviceDetail["marks"], palette: Palette): void {
  const { ctx, bbox } = plot;
  const size = 4 * devicePixelRatio;
  const foot = bbox.top + bbox.height;
  const last: Record<string, number> = {};
  ctx.save();
  for (const { time, mark } of marks) {
    const x = plot.valToPos(time / 1_000, "x", true);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    if (Math.abs(x - (last[mark] ?? Number.NEGATIVE_INFINITY)) < NEAREST * devicePixelRatio) continue;
    last[mark] = x;
    ctx.fillStyle = palette[mark];
    ctx.beginPath();
    ctx.moveTo(x, foot - size * 1.6);
    ctx.lineTo(x - size, foot);
    ctx.lineTo(x + size, foot);
    ctx.fill();
  }
  ctx.restore();
}
