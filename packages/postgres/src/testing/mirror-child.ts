/** A process that mirrors an SQLite log until it has caught up, for a test to kill. Tells what it is behind by, line by line. */
import { openSqliteLog } from "@tesa/log/sqlite";
import { openPostgresMirror } from "../index.ts";
import { clock } from "./test-bed.ts";

const [path = "", connectionString = "", table = ""] = process.argv.slice(2);
const log = await openSqliteLog({ path });
const mirror = await openPostgresMirror({
  connectionString,
  log,
  clock,
  random: Math.random,
  table,
  batchSize: 50,
});
const tell = () => process.stdout.write(`${"behind" in mirror.state ? mirror.state.behind : 0}\n`);
mirror.onState(tell);
tell();
await mirror.drain();
await log.close();
