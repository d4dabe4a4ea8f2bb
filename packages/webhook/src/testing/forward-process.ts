// A process that forwards an SQLite log until it is killed, or until everything is delivered with `--drain`.
import { systemClock } from "@tesa/core/mqtt";
import { openSqliteLog } from "@tesa/log/sqlite";
import { openWebhookForwarder } from "../forwarder.ts";
import { SECRET } from "./receiver.ts";

const [path = "", url = "", mode] = process.argv.slice(2);
const log = await openSqliteLog({ path });
const forwarder = await openWebhookForwarder({
  url,
  secret: SECRET,
  log,
  clock: systemClock,
  random: Math.random,
  name: "test",
  batchSize: 20,
  lingerMs: 0,
});
if (mode === "--drain") {
  await forwarder.drain();
  await log.close();
}
