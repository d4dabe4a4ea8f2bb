import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openSqliteLog } from "@tesa/log/sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { entriesOf } from "./testing/messages.ts";
import { type ReceivedMessage, type Receiver, startReceiver, verifySignature } from "./testing/receiver.ts";
import { until } from "./testing/until.ts";

const SCRIPT = fileURLToPath(new URL("./testing/forward-process.ts", import.meta.url));
const DEVICES = ["a", "b", "c", "d", "e", "f", "g"];

let folder: string;
let receiver: Receiver;
const children: ChildProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tesa-webhook-"));
  receiver = await startReceiver();
});

afterEach(async () => {
  for (const child of children.splice(0)) if (child.exitCode === null) child.kill("SIGKILL");
  await receiver[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

function start(path: string, mode = ""): ChildProcess {
  const child = spawn(process.execPath, ["--conditions=tesa-source", SCRIPT, path, receiver.url, mode], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  children.push(child);
  return child;
}

async function exit(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  return child.exitCode;
}

test("A process killed in the middle of requests, again and again, loses nothing and renames nothing", async () => {
  const path = join(folder, "telemetry.db");
  const log = await openSqliteLog({ path });
  await log.append(entriesOf(DEVICES, 1_000));
  await log.close();
  // A receiver that looks at the ids: what it has under an id, it takes for delivered.
  const taken: ReceivedMessage[] = [];
  const takenIds = new Set<string>();
  let answersLeft = 0;
  let withoutAnswer = 0;
  receiver.answer = ({ id, messages }) => {
    answersLeft -= 1;
    if (messages.some(({ seq }) => seq === 333)) return answersLeft < 0 ? () => {} : 422;
    if (answersLeft < 0) withoutAnswer += 1;
    // Half of the requests that get no answer were taken nevertheless: the sender cannot know.
    const takes = answersLeft >= 0 || withoutAnswer % 2 === 0;
    if (takes && !takenIds.has(id)) {
      takenIds.add(id);
      taken.push(...messages);
    }
    return answersLeft < 0 ? () => {} : 200;
  };
  for (const answers of [3, 9, 12]) {
    answersLeft = answers;
    const child = start(path);
    await until(() => answersLeft < 0, "a request under way");
    child.kill("SIGKILL");
    await exit(child);
  }
  answersLeft = Number.POSITIVE_INFINITY;
  expect(await exit(start(path, "--drain"))).toBe(0);

  const seqs = taken.map(({ seq }) => seq).sort((a, b) => a - b);
  const all = Array.from({ length: 1_000 }, (_, index) => index + 1);
  expect(seqs).toEqual(all.filter((seq) => seq !== 333));
  for (const device of DEVICES) {
    const own = taken.filter(({ deviceId }) => deviceId === device).map(({ seq }) => seq);
    expect(own).toEqual([...own].sort((a, b) => a - b));
  }
  const byId = Map.groupBy(receiver.requests, ({ id }) => id);
  expect([...byId.values()].filter((requests) => requests.length > 1).length).toBeGreaterThanOrEqual(3);
  for (const requests of byId.values()) {
    expect(new Set(requests.map(({ body }) => body)).size).toBe(1);
    for (const request of requests) verifySignature(request);
  }
  const reopened = await openSqliteLog({ path, readOnly: true });
  expect((await reopened.deadLetters()).map(({ message }) => message.seq)).toEqual([333]);
  await reopened.close();
}, 60_000);
