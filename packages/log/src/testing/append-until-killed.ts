/**
 * A child process for the test of a crash: appends numbered messages to the log at the path given, from the number given
 * on, and prints the last number of each batch when `append()` has fulfilled. It goes on until it is killed.
 */
import { writeSync } from "node:fs";
import { openSqliteLog } from "../sqlite/index.ts";
import { numberedEntry } from "./numbered-entry.ts";

const [path = "", first = "1", session = "new"] = process.argv.slice(2);
const log = await openSqliteLog({ path, receiveMaximum: 100 });
await log.connected({ sessionPresent: session === "kept" });
for (let number = Number(first); ; ) {
  const size = 1 + Math.floor(Math.random() * 40);
  const batch = Array.from({ length: size }, (_, index) => numberedEntry(number + index));
  await log.append(batch);
  number += size;
  // At once, not when the event loop comes round to it.
  writeSync(1, `${number - 1}\n`);
}
