/**
 * A program for the test of runtimes: opens the log at the path given, prints all that it holds as one JSON text, and
 * appends a message that names its runtime.
 */
import process from "node:process";
import { toNdjson } from "@tesa/core";
import { openSqliteLog } from "../sqlite/index.ts";
import { entry } from "./entries.ts";

const [path = "", runtime = ""] = process.argv.slice(2);
const log = await openSqliteLog({ path });
const { messages } = await log.read();
const cursor = await log.cursor<{ readonly by: string }>("reader");
process.stdout.write(
  JSON.stringify({
    id: log.id,
    epoch: log.epoch,
    lines: messages.map((message) => toNdjson(message)),
    payloads: messages.map(({ payload }) => [...payload]),
    gaps: await log.gaps(),
    cursor: [cursor.position, cursor.state],
  }),
);
await log.append([entry({ device: runtime, payload: `{"value":${messages.length}}` })]);
await cursor.save({ position: messages.length + 1, state: { by: runtime } });
await log.recordGap({ kind: "possible", from: messages.length, to: messages.length + 1 });
await log.close();
