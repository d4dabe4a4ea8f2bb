import mqtt from "mqtt";
import { Meter } from "./meter.ts";
import { countStored } from "./peer-database.ts";
import { FILTER, finish, type readTask, TOKEN } from "./task.ts";

/** Stores a message and calls back when it is on the disk. */
export type StoreThen = (topic: string, payload: Uint8Array, onStored: () => void) => void;

/**
 * Stock mqtt.js with the promise of our SQLite log: a message is acknowledged when it is on the disk. mqtt.js offers
 * `handleMessage` for it, which holds the PUBACK back until its callback is called, and hands out one message at a time:
 * so there is one row in a commit.
 */
export async function receiveThroughHook(task: ReturnType<typeof readTask>, store: StoreThen): Promise<void> {
  const meter = new Meter(task, (measurement) => {
    finish({ measurement, received: meter.count, sum: null, stored: countStored(task.folder) });
  });
  const client = mqtt.connect(task.url, {
    ca: task.ca,
    protocolVersion: task.protocolVersion,
    username: TOKEN,
    password: TOKEN,
  });
  client.handleMessage = ({ topic, payload }, done) => {
    store(topic, typeof payload === "string" ? Buffer.from(payload) : payload, () => {
      done();
      meter.add(1);
    });
  };
  client.on("error", (error) => {
    throw error;
  });
  await client.subscribeAsync(FILTER, { qos: 1 });
}
