import { TesaError } from "@tesa/core";
import type { Connection } from "./connection.ts";
import { Failure } from "./failure.ts";
import { COLUMNS, createStatements, KEY, KEY_COMPANION } from "./table-definition.ts";
import { quoteTableName, type TableName } from "./table-name.ts";

/** The table that is there, ready to be written to. */
export interface PreparedTable {
  /** With its schema, quoted. */
  readonly name: string;
  /** The columns of the unique index that keeps a message from being stored twice. */
  readonly key: readonly string[];
}

/** Any number that other programs are unlikely to lock: "tesa" and "tabl" in ASCII. */
const CREATION_LOCK = "8387239764914053740";

/** Ordinary and partitioned tables (`pg_class.relkind`); a view cannot tell whether a row is there already. */
const TABLE_KINDS = ["r", "p"];

interface FoundTable {
  readonly oid: string;
  readonly kind: string;
  readonly schema: string;
  readonly table: string;
  readonly may_insert: boolean;
  readonly may_select: boolean;
}

interface FoundColumn {
  readonly name: string;
  readonly type: string;
  readonly not_null: boolean;
  readonly filled: boolean;
}

/**
 * Finds the table, makes it when it is missing, and checks that it can take what is to be written.
 *
 * @throws Failure `lasting` if the table has another shape, which is left as it is, or a privilege is missing
 */
export async function prepareTable(connection: Connection, name: TableName): Promise<PreparedTable> {
  const found = (await findTable(connection, name)) ?? (await createTable(connection, name));
  const quoted = quoteTableName(found);
  if (!TABLE_KINDS.includes(found.kind)) throw refused(quoted, "is no table. Give another name");
  const differences = await findDifferences(connection, found);
  if (differences.length > 0) {
    throw refused(
      quoted,
      `has another shape and is left as it is: ${differences.join("; ")}. Give another name`,
    );
  }
  if (!found.may_insert || !found.may_select) {
    throw refused(quoted, "may not be written and read by this user. GRANT INSERT, SELECT on it");
  }
  const key = await findKey(connection, found);
  if (key === undefined) {
    throw refused(
      quoted,
      `has no unique index on (${KEY.join(", ")}), without which a message could be stored twice. ` +
        "Add one as its primary key, or give another name",
    );
  }
  return { name: quoted, key };
}

async function findTable(connection: Connection, name: TableName): Promise<FoundTable | undefined> {
  const { rows } = await connection.query(
    `SELECT c.oid::text, c.relkind AS kind, n.nspname AS schema, c.relname AS table,
            has_table_privilege(c.oid, 'INSERT') AS may_insert, has_table_privilege(c.oid, 'SELECT') AS may_select
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = to_regclass($1)`,
    [quoteTableName(name)],
  );
  return rows[0];
}

async function createTable(connection: Connection, name: TableName): Promise<FoundTable> {
  await connection.query("BEGIN");
  // One after the other: CREATE TABLE IF NOT EXISTS fails when two run at the same time.
  await connection.query(`SELECT pg_advisory_xact_lock(${CREATION_LOCK})`);
  if ((await findTable(connection, name)) === undefined) {
    for (const statement of createStatements(quoteTableName(name))) await connection.query(statement);
  }
  await connection.query("COMMIT");
  const created = await findTable(connection, name);
  if (created === undefined) throw refused(quoteTableName(name), "was dropped again right after it was made");
  return created;
}

/** What is wrong with the columns, one phrase each. Further columns are welcome if they fill themselves. */
async function findDifferences(connection: Connection, { oid }: FoundTable): Promise<string[]> {
  const { rows } = await connection.query(
    `SELECT attname AS name, format_type(atttypid, atttypmod) AS type, attnotnull AS not_null,
            atthasdef OR attidentity <> '' AS filled
       FROM pg_attribute WHERE attrelid = $1::oid AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
    [oid],
  );
  const found = new Map((rows as FoundColumn[]).map((column) => [column.name, column]));
  const differences = COLUMNS.flatMap(({ name, type, nullable }) => {
    const there = found.get(name);
    if (there === undefined) return [`column ${name} (${type}) is missing`];
    if (there.type !== type) return [`column ${name} is ${there.type} instead of ${type}`];
    return nullable && there.not_null ? [`column ${name} must not be NOT NULL`] : [];
  });
  const known = new Set(COLUMNS.map(({ name }) => name));
  const unfilled = [...found.values()].filter(
    (column) => !known.has(column.name) && column.not_null && !column.filled,
  );
  return [...differences, ...unfilled.map(({ name }) => `column ${name} is NOT NULL and has no default`)];
}

async function findKey(connection: Connection, { oid }: FoundTable): Promise<string[] | undefined> {
  const { rows } = await connection.query(
    `SELECT array_agg(a.attname::text) AS columns
       FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey[0:i.indnkeyatts - 1])
      WHERE i.indrelid = $1::oid AND i.indisunique AND i.indimmediate AND i.indisvalid
        AND i.indpred IS NULL AND i.indexprs IS NULL
      GROUP BY i.indexrelid, i.indnkeyatts HAVING count(*) = i.indnkeyatts ORDER BY i.indnkeyatts`,
    [oid],
  );
  const allowed = [...KEY, KEY_COMPANION];
  return (rows as { columns: string[] }[])
    .map(({ columns }) => columns)
    .find(
      (columns) =>
        KEY.every((name) => columns.includes(name)) && columns.every((name) => allowed.includes(name)),
    );
}

function refused(quoted: string, why: string): Failure {
  return new Failure("lasting", new TesaError("config", `The table ${quoted} in PostgreSQL ${why}.`));
}
