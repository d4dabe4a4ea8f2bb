import { type ParseArgsOptionsConfig, parseArgs } from "node:util";
import { UsageError } from "./usage-error.ts";

/** The options of a command line that has nothing else. @throws UsageError */
export function readOptions<const Options extends ParseArgsOptionsConfig>(
  args: readonly string[],
  options: Options,
): ReturnType<typeof parseArgs<{ args: string[]; options: Options }>>["values"] {
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** The number that an option gives, above 0; `undefined` where it is not given. @throws UsageError */
export function positive(
  option: string,
  text: string | undefined,
  { isWhole = false }: { readonly isWhole?: boolean } = {},
): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  const isFit = isWhole ? Number.isSafeInteger(value) : Number.isFinite(value);
  if (isFit && value > 0) return value;
  throw new UsageError(`${option} "${text}" is not a ${isWhole ? "whole " : ""}number above 0.`);
}

/** Those of `all` that an option names, separated by commas; all where it is not given. @throws UsageError */
export function chosen<Name extends string>(
  option: string,
  text: string | undefined,
  all: readonly Name[],
): readonly Name[] {
  if (text === undefined) return all;
  const names = text.split(",");
  const unknown = names.find((name) => !all.some((known) => known === name));
  if (unknown !== undefined) throw new UsageError(`${option} "${unknown}" is none of ${all.join(", ")}.`);
  return all.filter((known) => names.includes(known));
}
