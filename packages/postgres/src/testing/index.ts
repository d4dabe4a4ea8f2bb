export { mirroredPayloads } from "./mirrored-payloads.ts";
export { type PostgresServer, type PostgresServerOptions, startPostgres } from "./postgres-server.ts";
