/** The durable peer: the commit is made in a worker thread, so that PINGs and all else go on while the disk is waited for. */
import { Worker } from "node:worker_threads";
import { receiveThroughHook } from "./receive-through-hook.ts";
import { readTask } from "./task.ts";

const task = readTask();
const worker = new Worker(new URL("./durable-peer-worker.ts", import.meta.url), { workerData: task.folder });
let stored = () => {};
worker.on("message", () => stored());
worker.on("error", (error) => {
  throw error;
});
await receiveThroughHook(task, (topic, payload, onStored) => {
  stored = onStored;
  // A copy, which is then handed over: to clone a view would copy all that was received with it.
  const own = new Uint8Array(payload);
  worker.postMessage({ topic, payload: own }, [own.buffer]);
});
