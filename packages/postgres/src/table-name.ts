import { TesaError } from "@tesa/core";

/** A table by its name and, where one was given, its schema; as written, upper and lower case kept. */
export interface TableName {
  readonly schema: string | undefined;
  readonly table: string;
}

/** NAMEDATALEN - 1: PostgreSQL cuts longer names off without a word. */
const MAX_NAME_BYTES = 63;

/**
 * Parses `table` or `schema.table`.
 *
 * @throws TesaError `config`
 */
export function parseTableName(text: string): TableName {
  const parts = text.split(".");
  const wrong = parts.find(
    (part) => part === "" || part.includes("\0") || new TextEncoder().encode(part).length > MAX_NAME_BYTES,
  );
  if (wrong !== undefined || parts.length > 2) {
    throw new TesaError(
      "config",
      `${JSON.stringify(text.slice(0, 200))} is no table: give a name, or schema.name, each of 1 to ${MAX_NAME_BYTES} bytes.`,
    );
  }
  const [first = "", second] = parts;
  return second === undefined ? { schema: undefined, table: first } : { schema: first, table: second };
}

/** The name as it stands in SQL. */
export function quoteTableName({ schema, table }: TableName): string {
  return schema === undefined
    ? quoteIdentifier(table)
    : `${quoteIdentifier(schema)}.${quoteIdentifier(table)}`;
}

/** An identifier as it stands in SQL. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
