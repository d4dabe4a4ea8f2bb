import type { Series } from "../../data/series.ts";
import type { Formats } from "../../text/formats.ts";

/** What a chart draws of a series, in words: a switch is on or off, and a dash stands where there is nothing. */
export function drawnWords(drawn: number | null, { isSwitch }: Series, formats: Formats): string {
  if (drawn === null) return "–";
  return formats.value(isSwitch ? drawn >= 0.5 : drawn);
}
