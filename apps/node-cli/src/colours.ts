import picocolors from "picocolors";

/** Functions that put a colour around a text, or nothing where colours are off. */
export type Colours = ReturnType<typeof picocolors.createColors>;

/** What decides about colours. */
export interface ColourOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly isTerminal: boolean;
}

/**
 * Whether to write in colours: on a terminal that knows them, and where FORCE_COLOR says so; never where NO_COLOR does
 * (no-color.org: any value but an empty one).
 */
export function wantsColour({ env, isTerminal }: ColourOptions): boolean {
  if (env.NO_COLOR) return false;
  const forced = env.FORCE_COLOR;
  if (forced !== undefined && forced !== "") return forced !== "0" && forced !== "false";
  return isTerminal && env.TERM !== "dumb";
}

/** Colours for one stream. */
export function coloursFor(options: ColourOptions): Colours {
  return picocolors.createColors(wantsColour(options));
}
