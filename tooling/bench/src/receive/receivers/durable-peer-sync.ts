/**
 * The durable peer without a thread of its own for the database: the commit is made in the next turn of the event loop,
 * which stands still meanwhile. With one message at a time that is the faster way, and no app's that has anything else to do.
 */
import { openPeerDatabase } from "./peer-database.ts";
import { receiveThroughHook } from "./receive-through-hook.ts";
import { readTask } from "./task.ts";

const task = readTask();
const store = openPeerDatabase(task.folder);
await receiveThroughHook(task, (topic, payload, onStored) => {
  setImmediate(() => {
    store(topic, payload);
    onStored();
  });
});
