/** A column of the mirror's table. */
export interface Column {
  readonly name: string;
  /** As `format_type()` of PostgreSQL spells it. */
  readonly type: string;
  readonly nullable: boolean;
}

const column = (name: string, type: string, nullable = false): Column => ({ name, type, nullable });

/** The columns in the order in which rows are written. The README tells what each holds. */
export const COLUMNS: readonly Column[] = [
  column("log_id", "text"),
  column("seq", "bigint"),
  column("received_at", "timestamp with time zone"),
  column("device_time", "timestamp with time zone", true),
  column("topic", "text"),
  column("device_id", "text", true),
  column("sensor", "text", true),
  column("readings", "jsonb"),
  column("payload", "bytea"),
  column("format", "text"),
  column("qos", "smallint"),
  column("retained", "boolean"),
  column("warnings", "text[]"),
];

/** The key that makes a message one row, however often it is sent. */
export const KEY: readonly string[] = ["log_id", "seq"];

/** May stand in a unique index beside the key: a partitioned table needs it there, and it never differs for one key. */
export const KEY_COMPANION = "received_at";

/**
 * The statements that make the table. The index is of the kind that costs next to nothing to write (measured: none
 * against a third to a half of the throughput for a B-tree on device and time), since rows come in the order of their time.
 */
export function createStatements(quotedTable: string): readonly string[] {
  const columns = COLUMNS.map(
    ({ name, type, nullable }) => `  ${name} ${type}${nullable ? "" : " NOT NULL"}`,
  );
  return [
    `CREATE TABLE IF NOT EXISTS ${quotedTable} (\n${columns.join(",\n")},\n  PRIMARY KEY (${KEY.join(", ")})\n)`,
    `CREATE INDEX ON ${quotedTable} USING brin (received_at)`,
  ];
}

/**
 * Writes a batch: `$1` is the id of the log, then one array for each further column. Rows that are there already stay
 * as they are.
 *
 * @param key The columns of the unique index that tells.
 */
export function insertStatement(quotedTable: string, key: readonly string[]): string {
  const names = COLUMNS.map(({ name }) => name);
  const given = names.slice(1);
  const values = given.map((name) => (name === "warnings" ? "string_to_array(warnings, ',')" : name));
  const arrays = COLUMNS.slice(1).map(
    // The warnings of a row come as one text: unnest() would flatten an array of arrays.
    ({ type }, index) => `$${index + 2}::${type.replace("[]", "")}[]`,
  );
  return (
    `INSERT INTO ${quotedTable} (${names.join(", ")}) SELECT $1::text, ${values.join(", ")} ` +
    `FROM unnest(${arrays.join(", ")}) AS row (${given.join(", ")}) ON CONFLICT (${key.join(", ")}) DO NOTHING`
  );
}

/** Finds a row that has the key of a message, but not its time: `$1` log id, `$2` keys, `$3` times. */
export function foreignRowStatement(quotedTable: string): string {
  return (
    `SELECT min(there.seq) AS seq FROM ${quotedTable} AS there ` +
    "JOIN unnest($2::bigint[], $3::timestamptz[]) AS row (seq, received_at) ON there.seq = row.seq " +
    "WHERE there.log_id = $1::text AND there.received_at <> row.received_at"
  );
}
