/** Our stream with the log in SQLite: acknowledged when it is on the disk. */
import { join } from "node:path";
import { openSqliteLog } from "@tesa/log/sqlite";
import { receiveInto } from "./stream.ts";
import { finish, readTask } from "./task.ts";

const task = readTask();
const log = await openSqliteLog({ path: join(task.folder, "telemetry.db") });
const outcome = await receiveInto(log, task);
const { rows } = await log.stats();
await log.close();
finish({ ...outcome, stored: rows });
