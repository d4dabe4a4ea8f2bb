import type { TimeRange } from "../../data/columns.ts";

/** The windows that are offered, from ten seconds to a day, in milliseconds. */
export const WINDOWS = {
  "10s": 10_000,
  "1m": 60_000,
  "5m": 300_000,
  "15m": 900_000,
  "1h": 3_600_000,
  "6h": 21_600_000,
  "1d": 86_400_000,
} as const;

export type WindowName = keyof typeof WINDOWS;
export const WINDOW_NAMES = Object.keys(WINDOWS) as readonly WindowName[];

/** Which stretch of time a device view shows. */
export interface View {
  readonly window: WindowName;
  readonly mode:
    | { readonly type: "live" }
    | {
        /** Stands still at the time when it was paused, or at what was zoomed into. */
        readonly type: "still";
        readonly range: TimeRange;
        /** What was shown before anything was zoomed into; `null` where nothing is. */
        readonly zoomedFrom: View["mode"] | null;
      };
}

export function rangeOf({ window, mode }: View, now: number): TimeRange {
  return mode.type === "still" ? mode.range : { from: now - WINDOWS[window], to: now };
}

export function pause(view: View, now: number): View {
  return { ...view, mode: { type: "still", range: rangeOf(view, now), zoomedFrom: null } };
}

/** Below this there is nothing to see. */
const MIN_ZOOM_MS = 200;

export function zoomTo(view: View, range: TimeRange): View {
  if (range.to - range.from < MIN_ZOOM_MS) return view;
  return { ...view, mode: { type: "still", range, zoomedFrom: unzoomed(view) ?? view.mode } };
}

/** What it shows again once nothing is zoomed into any more; `null` where nothing is. */
function unzoomed({ mode }: View): View["mode"] | null {
  return mode.type === "still" ? mode.zoomedFrom : null;
}

/** Back to before the first of all zooms, live or where it was paused; `null` where nothing is zoomed into. */
export function resetZoom(view: View): View | null {
  const mode = unzoomed(view);
  return mode === null ? null : { ...view, mode };
}

export function goLive(view: View): View {
  return { ...view, mode: { type: "live" } };
}

export function liveWindow(window: WindowName): View {
  return { window, mode: { type: "live" } };
}
