import pg from "pg";

/** The payloads of the rows that a mirror has made, in the order of `seq`; empty if there is no table yet. */
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
    // Undefined table.
    if (error instanceof pg.DatabaseError && error.code === "42P01") return [];
    throw error;
  } finally {
    await client.end();
  }
}
