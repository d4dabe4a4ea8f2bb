/** What puts a colour around a text. The program chooses: a library of its own on a terminal, {@link PLAIN} elsewhere. */
export interface Colours {
  dim(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  red(text: string): string;
}

const asItIs = (text: string) => text;

/** No colours. */
export const PLAIN: Colours = { dim: asItIs, green: asItIs, yellow: asItIs, red: asItIs };
