/** Stock mqtt.js, which only counts. It acknowledges by itself as soon as the listener has returned. */
import mqtt from "mqtt";
import { Meter } from "./meter.ts";
import { FILTER, finish, readTask, TOKEN } from "./task.ts";

const task = readTask();
const meter = new Meter(task, (measurement) => {
  finish({ measurement, received: meter.count, sum: null, stored: null });
});
const client = mqtt.connect(task.url, {
  ca: task.ca,
  protocolVersion: task.protocolVersion,
  username: TOKEN,
  password: TOKEN,
});
client.on("message", () => meter.add(1));
client.on("error", (error) => {
  throw error;
});
await client.subscribeAsync(FILTER, { qos: 1 });
