import { deviceIdOf } from "./encoded-events.ts";
import type { Candidate, View } from "./plan.ts";

/** Where the page of a run is, below the feeder's origin. */
export function pathOf(candidate: Candidate, view: View): string {
  if (candidate === "peer") return "/peer/";
  return view === "fleet" ? "/" : `/#/device/${deviceIdOf(0)}`;
}

/** Brings the fleet into sight, from where it can be read how many readings the dashboard has taken in. */
export const SHOW_FLEET = `location.hash = "#/"`;

/**
 * How many readings a page says that it has taken in, as it shows it to its user: digits, with what separates thousands.
 * `""` where it does not show it.
 */
export const SHOWN_READINGS: Readonly<Record<Candidate, string>> = {
  dashboard: `[...document.querySelectorAll("h2")]
    .find((heading) => heading.textContent === "Readings")?.nextElementSibling?.textContent ?? ""`,
  peer: `document.querySelector("[data-readings]")?.textContent ?? ""`,
};
