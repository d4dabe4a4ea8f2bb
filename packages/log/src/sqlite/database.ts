/** What a column holds, or a statement is given. */
export type SqlValue = string | number | bigint | null | Uint8Array;

/** A prepared statement, as `node:sqlite` has them. */
export interface Statement {
  run(...values: SqlValue[]): { readonly changes: number | bigint };
  get(...values: SqlValue[]): unknown;
  all(...values: SqlValue[]): unknown[];
  iterate(...values: SqlValue[]): Iterable<unknown>;
}

/**
 * An SQLite database: what the tables of the log need of one, filled by a file (`node:sqlite`) or by the storage of a
 * Durable Object.
 */
export interface Database {
  prepare(sql: string): Statement;
  /** Several statements without parameters. */
  script(sql: string): void;
  /** All of `work` becomes final at once, or nothing of it. */
  write<T>(work: () => T): T;
  /** `work` sees one state of the log, whatever others write meanwhile. */
  read<T>(work: () => T): T;
  readonly inTransaction: boolean;
  /** SQL: how many bytes the column `payload` stands for. */
  readonly payloadLength: string;
  close(): void;
}

/** The first row. `Row` is what the statement's own column list says. */
export function one<Row>(statement: Statement, ...values: SqlValue[]): Row | undefined {
  return statement.get(...values) as Row | undefined;
}

/** Every row. `Row` is what the statement's own column list says. */
export function all<Row>(statement: Statement, ...values: SqlValue[]): Row[] {
  return statement.all(...values) as Row[];
}

/** Row by row. `Row` is what the statement's own column list says. */
export function each<Row>(statement: Statement, ...values: SqlValue[]): Iterable<Row> {
  return statement.iterate(...values) as Iterable<Row>;
}
