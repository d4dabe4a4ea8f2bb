// What an app can check before it opens anything.
export { describeTarget, type PostgresTarget, parseConnectionString } from "./connection-string.ts";
export { openPostgresMirror, type PostgresMirrorOptions } from "./postgres-mirror.ts";
export { parseTableName, type TableName } from "./table-name.ts";
