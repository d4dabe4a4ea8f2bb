import type { Theme } from "./preferences.tsx";

/** Colours of series, told apart with the common kinds of colour blindness too, for each theme's background. */
const SERIES: Readonly<Record<Theme, readonly string[]>> = {
  light: ["#0f766e", "#c2410c", "#4f46e5", "#a16207", "#be185d", "#0369a1", "#15803d", "#7e22ce"],
  dark: ["#2dd4bf", "#fb923c", "#a5b4fc", "#facc15", "#f472b6", "#38bdf8", "#86efac", "#d8b4fe"],
};

/** The colour of the n-th series. */
export function seriesColour(theme: Theme, index: number): string {
  const colours = SERIES[theme];
  return colours[index % colours.length] ?? "#808080";
}

/** Colours that a canvas needs: it cannot read the page's variables by itself. */
export function chartColours(theme: Theme): {
  readonly grid: string;
  readonly label: string;
  readonly gap: string;
  readonly gapCertain: string;
  readonly late: string;
  readonly malformed: string;
  readonly clock: string;
} {
  return theme === "dark"
    ? {
        grid: "#1f2733",
        label: "#9aa6b6",
        gap: "rgb(245 181 68 / 0.16)",
        gapCertain: "rgb(249 139 132 / 0.2)",
        late: "#f5b544",
        malformed: "#f98b84",
        clock: "#a5b4fc",
      }
    : {
        grid: "#e8ebef",
        label: "#566070",
        gap: "rgb(229 154 23 / 0.16)",
        gapCertain: "rgb(192 48 43 / 0.14)",
        late: "#b26a00",
        malformed: "#c0302b",
        clock: "#4f46e5",
      };
}
