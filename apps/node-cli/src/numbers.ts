import { quote } from "@tesa/process";

/** What a number may be. */
export interface NumberRange {
  readonly min: number;
  readonly max: number;
  /** @default false */
  readonly whole?: boolean;
  /** Such as `seconds`. */
  readonly unit?: string;
}

/** Reads the numbers of a command line, and gathers what is wrong with them so that all of it is told at once. */
export class NumberReader {
  readonly problems: string[] = [];

  /** `undefined` for a flag that was not given, and for one whose value is wrong. */
  read(flag: string, text: string | undefined, range: NumberRange): number | undefined {
    if (text === undefined) return undefined;
    const value = /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
    const fits = value >= range.min && value <= range.max && (!range.whole || Number.isInteger(value));
    if (fits) return value;
    const kind = range.whole ? "a whole number" : "a number";
    const unit = range.unit === undefined ? "" : ` of ${range.unit}`;
    const bounds = `from ${range.min} to ${range.max}`;
    this.problems.push(`${flag} takes ${kind}${unit} ${bounds}, not ${quote(text)}.`);
    return undefined;
  }
}
