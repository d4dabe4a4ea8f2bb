/** How a device stands in one line of the list, which is the same in all lines, so that columns stay columns. */
export interface RowLayout {
  /** How many sensors with their values have room; the others are counted. */
  readonly slots: number;
  /** The age stands below the name, as on a phone. */
  readonly isNarrow: boolean;
  readonly hasSparkline: boolean;
  /** CSS for the columns of a line. */
  readonly columns: string;
}

/** Pixels between columns. */
export const ROW_GAP = 16;

const NARROW = 600;
const SPARKLINE_FROM = 900;
/** Of the line's own edges and its dot with the gap behind it. */
const EDGES = 32 + 10 + ROW_GAP;
/** What each part has at least: a name of a dozen letters, or a value of eight characters with its unit. */
const NAME = { narrow: 116, least: 152, most: 240 };
const SPARKLINE = 112;
const AGE = 112;
const SLOT = 108;

/**
 * Parts of a line for a list that is `width` pixels wide.
 *
 * @param mostSeries the most sensors that a device of the list has: more columns would stay empty
 */
export function rowLayout(width: number, mostSeries: number): RowLayout {
  const isNarrow = width < NARROW;
  const hasSparkline = width >= SPARKLINE_FROM;
  const taken =
    EDGES + (isNarrow ? NAME.narrow : NAME.least + ROW_GAP + AGE) + (hasSparkline ? SPARKLINE + ROW_GAP : 0);
  const fitting = Math.floor((width - taken) / (SLOT + ROW_GAP));
  const slots = Math.max(1, Math.min(fitting, mostSeries));
  // What is left over goes to the name and to the values.
  const left = Math.max(0, width - taken - slots * (SLOT + ROW_GAP));
  const name = isNarrow ? "minmax(0,1fr)" : `${Math.min(NAME.most, NAME.least + Math.floor(left / 2))}px`;
  const values = isNarrow ? `${slots * (SLOT + ROW_GAP) - ROW_GAP}px` : "minmax(0,1fr)";
  const columns = [
    "10px",
    name,
    ...(hasSparkline ? [`${SPARKLINE}px`] : []),
    values,
    ...(isNarrow ? [] : [`${AGE}px`]),
  ];
  return { slots, isNarrow, hasSparkline, columns: columns.join(" ") };
}
