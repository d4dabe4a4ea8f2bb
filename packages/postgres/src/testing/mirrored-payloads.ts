import pg from "pg";

/** Undefined table (https://www.postgresql.org/docs/current/errcodes-appendix.html). */
const UNDEFINED_TABLE = "42P01";

/** The payloads of the rows that a mirror has made, in the order of `seq`; none while there is no table. */
export async function mirroredPayloads(connectionString: string, table = "telemetry"): Promise<unknown[]> {
  const client = new pg.Client({ connectionString });
  // A server that is stopped meanwhile is the test's own doing.
  client.on("error", () => {});
  await client.connect();
  try {
    const { rows } = await client.query<{ payload: Buffer }>(
      `SELECT payload FROM ${pg.escapeIdentifier(table)} ORDER BY log_id, seq`,
    );
    return rows.map(({ payload }) => JSON.parse(payload.toString()));
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === UNDEFINED_TABLE) return [];
    throw error;
  } finally {
    await client.end();
  }
}
