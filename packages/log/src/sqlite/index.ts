export { openDeadLetters } from "./open-dead-letters.ts";
export { openSqliteLog, type SqliteLogOptions } from "./open-sqlite-log.ts";
