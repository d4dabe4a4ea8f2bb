import type { Series } from "../../data/series.ts";

/** One chart: the series of at most two units, each unit with its own axis. */
export interface Panel {
  readonly key: string;
  readonly axes: readonly (readonly Series[])[];
  /** Nothing but switches: an axis between off and on. */
  readonly isSwitch: boolean;
}

/**
 * Puts series into charts. What has the same unit shares an axis; what has none stands alone, since a pressure of 1,010
 * beside a humidity of 55 would make a flat line of both. Two axes make a chart; switches have charts of their own.
 */
export function toPanels(series: readonly Series[]): readonly Panel[] {
  const axes = new Map<string, Series[]>();
  for (const one of series) {
    const key = one.isSwitch
      ? "switch"
      : one.unit === null || one.unit === ""
        ? `sensor ${one.key}`
        : `unit ${one.unit}`;
    const axis = axes.get(key);
    if (axis === undefined) axes.set(key, [one]);
    else axis.push(one);
  }
  const switches = axes.get("switch");
  axes.delete("switch");
  const panels: Panel[] = [];
  const all = [...axes.values()];
  for (let index = 0; index < all.length; index += 2) {
    panels.push(panelOf(all.slice(index, index + 2), false));
  }
  if (switches !== undefined) panels.push(panelOf([switches], true));
  return panels;
}

function panelOf(axes: readonly (readonly Series[])[], isSwitch: boolean): Panel {
  return {
    key: axes
      .flat()
      .map(({ key }) => key)
      .join("\u0001"),
    axes,
    isSwitch,
  };
}
