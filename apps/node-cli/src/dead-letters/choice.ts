import { quote } from "@tesa/process";
import type { Command } from "commander";

/** Which dead letters: those with these numbers, or all. */
export type Choice = { readonly ids: readonly number[] } | { readonly ids: undefined };

/** Adds the argument and the flag of a {@link Choice}. */
export function addChoice(command: Command): Command {
  return command
    .argument("[id...]", "their numbers, as tesa webhook list shows them")
    .option("--all", "all of them");
}

/** Reads it; what is wrong goes to `problems`. */
export function readChoice(
  texts: readonly string[],
  { all }: { readonly all?: true },
  problems: string[],
): Choice {
  for (const text of texts) {
    if (!/^[1-9]\d{0,14}$/.test(text)) problems.push(`A dead letter has a number, not ${quote(text)}.`);
  }
  if (all && texts.length > 0) problems.push("Give numbers or --all, not both.");
  if (!all && texts.length === 0) problems.push("Say which dead letters: their numbers, or --all.");
  return { ids: all ? undefined : [...new Set(texts.map(Number))] };
}
