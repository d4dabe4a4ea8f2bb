/** The thread in which the durable peer commits. It answers each message when that is on the disk. */
import { parentPort, workerData } from "node:worker_threads";
import { openPeerDatabase } from "./peer-database.ts";

const store = openPeerDatabase(workerData);
parentPort?.on("message", ({ topic, payload }: { readonly topic: string; readonly payload: Uint8Array }) => {
  store(topic, payload);
  parentPort?.postMessage(null);
});
