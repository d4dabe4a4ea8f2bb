import type { Context } from "hono";
import { z } from "zod";
import { Problem } from "./problem.ts";

/** A parameter in the query of a URL. */
export interface Parameter<Value, Many extends boolean> {
  readonly description: string;
  /** Whether it may be given several times. */
  readonly many: Many;
  readonly schema: z.ZodType<Value>;
}

type Parameters = Readonly<Record<string, Parameter<unknown, boolean>>>;

/** What was given: a list where there may be several, else the value or `undefined`. */
export type Given<P extends Parameters> = {
  readonly [Name in keyof P]: P[Name] extends Parameter<infer Value, infer Many>
    ? Many extends true
      ? readonly Value[]
      : Value | undefined
    : never;
};

const name = z.string().min(1).max(256);
const time = z.number().int().min(0).max(8_640_000_000_000_000);

const many = <Value>(schema: z.ZodType<Value>, description: string): Parameter<Value, true> => ({
  description,
  many: true,
  schema,
});
const one = <Value>(schema: z.ZodType<Value>, description: string): Parameter<Value, false> => ({
  description,
  many: false,
  schema,
});

/** The values that {@link PARAMETERS} has under each name, and whether there may be several. */
interface ParameterTable {
  readonly device: Parameter<string, true>;
  readonly sensor: Parameter<string, true>;
  readonly after: Parameter<string, false>;
  readonly cursor: Parameter<string, false>;
  readonly from: Parameter<number, false>;
  readonly to: Parameter<number, false>;
  readonly limit: Parameter<number, false>;
  readonly view: Parameter<"all" | "latest", false>;
  readonly ticket: Parameter<string, false>;
}

/** Every parameter there is, by its name. */
export const PARAMETERS: ParameterTable = {
  device: many(name, "Only this device; may be repeated"),
  sensor: many(name, "Only messages of this sensor, or with a reading of it; may be repeated"),
  after: one(name, "Begin behind this event, EPOCH:SEQ; the header Last-Event-ID wins over it"),
  cursor: one(name, "The `next` of the page before"),
  from: one(time, "Only what was received at this epoch millisecond or later"),
  to: one(time, "Only what was received before this epoch millisecond"),
  limit: one(z.number().int().min(1).max(1_000), "At the most so many messages (default 100)"),
  view: one(
    z.enum(["all", "latest"]),
    "latest: the newest message of each device, then what changes, without ids",
  ),
  ticket: one(name, "From POST /v1/tickets"),
};

/** How often a parameter may be repeated. */
const MAX_VALUES = 100;

/** Reads the query of a URL. @throws Problem 400 for a value that cannot be, or a parameter that there is not */
export function readParameters<P extends Parameters>(context: Context, parameters: P): Given<P> {
  const given = context.req.queries();
  const problems: string[] = [];
  for (const key of Object.keys(given)) {
    if (!Object.hasOwn(parameters, key)) {
      problems.push(`there is no parameter ${quoted(key)}; there are ${Object.keys(parameters).join(", ")}`);
    }
  }
  const read = Object.entries(parameters).map(([key, parameter]) => {
    const values = (given[key] ?? []).map((text) => readValue(key, text, parameter, problems));
    const max = parameter.many ? MAX_VALUES : 1;
    if (values.length > max) problems.push(`${key} is given ${values.length} times, ${max} at the most`);
    return [key, parameter.many ? values : values[0]];
  });
  if (problems.length > 0) throw new Problem(400, "bad-parameter", `${problems.join("; ")}.`);
  // The shape follows from the table; a value that its schema refused has been reported.
  return Object.fromEntries(read) as Given<P>;
}

function readValue(
  key: string,
  text: string,
  { schema }: Parameter<unknown, boolean>,
  problems: string[],
): unknown {
  const value = schema instanceof z.ZodNumber ? (/^\d{1,16}$/.test(text) ? Number(text) : Number.NaN) : text;
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const wanted =
    schema instanceof z.ZodNumber ? "a whole number in range" : (parsed.error.issues[0]?.message ?? "");
  problems.push(`${key} is ${quoted(text)}: ${wanted}`);
  return undefined;
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}...` : text);
}
