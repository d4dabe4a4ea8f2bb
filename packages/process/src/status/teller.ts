import { type Colours, PLAIN } from "./colours.ts";
import { createPassingLine, type PassingLine } from "./passing-line.ts";
import { printable } from "./printable.ts";
import { redact } from "./redact.ts";

/** Tells things on standard error. Nothing of it is meant for programs, and no secret gets into it. */
export interface Teller {
  /** A line among the others. */
  note(text: string): void;
  /** A line that asks for attention. */
  warn(text: string): void;
  /** The line that is written over. */
  readonly passing: PassingLine;
  readonly colours: Colours;
}

/** Makes a {@link Teller}. */
export function createTeller(stderr: NodeJS.WriteStream, colours: Colours = PLAIN): Teller {
  const passing = createPassingLine(stderr, colours);
  const note = (text: string) => {
    passing.clear();
    stderr.write(`${colours.dim("tesa:")} ${redact(text)}\n`);
  };
  return { note, warn: (text) => note(`${colours.yellow("warning")}: ${printable(text)}`), passing, colours };
}
