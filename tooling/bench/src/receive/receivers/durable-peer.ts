/**
 * Stock mqtt.js with the promise of our SQLite log: a message is acknowledged when it is on the disk. mqtt.js offers
 * `handleMessage` for it, which holds the PUBACK back until its callback is called, and hands out one message at a time:
 * so there is one row in a commit.
 *
 * The commit is made in the next turn of the event loop and not in a worker thread: with one message at a time nothing
 * else is left to do meanwhile, and the way to another thread and back would only add to it.
 */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import mqtt from "mqtt";
import { Meter } from "./meter.ts";
import { FILTER, finish, readTask, TOKEN } from "./task.ts";

const task = readTask();
const database = new DatabaseSync(join(task.folder, "peer.db"));
database.exec(`
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE messages (seq INTEGER PRIMARY KEY, received_at INTEGER, topic TEXT, payload BLOB) STRICT;
`);
const insert = database.prepare("INSERT INTO messages (received_at, topic, payload) VALUES (?, ?, ?)");
const count = database.prepare("SELECT count(*) AS stored FROM messages");
const meter = new Meter(task, (measurement) => {
  const stored = Number(count.get()?.stored);
  finish({ measurement, received: meter.count, sum: null, stored });
});
const client = mqtt.connect(task.url, {
  ca: task.ca,
  protocolVersion: task.protocolVersion,
  username: TOKEN,
  password: TOKEN,
});
client.handleMessage = ({ topic, payload }, done) => {
  setImmediate(() => {
    insert.run(Date.now(), topic, typeof payload === "string" ? Buffer.from(payload) : payload);
    done();
    meter.add(1);
  });
};
client.on("error", (error) => {
  throw error;
});
await client.subscribeAsync(FILTER, { qos: 1 });
