import pg from "pg";

/** Undefined table (https://www.postgresql.org/docs/current/errcodes-appendix.html). */
const UNDEFINED_TABLE = "42P01";

/** The payloads in the table `telemetry`, as numbers, in the order of `seq`; none while there is no table. */
export async function mirroredPayloads(connectionString: string): Promise<number[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    const { rows } = await client.query<{ payload: Buffer }>("SELECT payload FROM telemetry ORDER BY seq");
    return rows.map(({ payload }) => Number(payload.toString()));
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === UNDEFINED_TABLE) return [];
    throw error;
  } finally {
    await client.end();
  }
}
