import { expect, test } from "vitest";
import { goLive, liveWindow, pause, rangeOf, resetZoom, zoomTo } from "./view-range.ts";

const live = liveWindow("1m");

test("a zoom is reset to what was shown before the first one: live, or where it was paused", () => {
  const zoomed = zoomTo(zoomTo(live, { from: 10_000, to: 20_000 }), { from: 12_000, to: 13_000 });
  expect(rangeOf(zoomed, 90_000)).toEqual({ from: 12_000, to: 13_000 });
  expect(resetZoom(zoomed)).toEqual(live);
  const paused = pause(live, 70_000);
  expect(resetZoom(zoomTo(paused, { from: 10_000, to: 20_000 }))).toEqual(paused);
});

test("where nothing is zoomed into there is nothing to reset", () => {
  const paused = pause(live, 70_000);
  expect([resetZoom(live), resetZoom(paused)]).toEqual([null, null]);
  expect(resetZoom(zoomTo(live, { from: 1_000, to: 1_100 }))).toBeNull();
  expect(resetZoom(goLive(zoomTo(paused, { from: 1_000, to: 2_000 })))).toBeNull();
});
