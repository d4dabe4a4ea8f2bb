import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Edge, makeKey, openEdge, until } from "./edge.ts";
import { type EventClient, openEvents } from "./event-client.ts";

const CLIENTS = 50;
/** Milliseconds between two messages. */
const PAUSE_MS = 10;

let edge: Edge;
beforeAll(async () => {
  edge = await openEdge({ entry: "test/abortable-worker.ts" });
}, 60_000);
afterAll(() => edge[Symbol.asyncDispose]());

/** Ends workerd, this process's own, as a crash or a lack of memory would. Miniflare starts another. */
function killWorkerd(): void {
  const processes = execFileSync("ps", ["-A", "-o", "pid=,ppid=,comm="], { encoding: "utf8" });
  const own = processes
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([, parent, name]) => Number(parent) === process.pid && name?.includes("workerd"));
  expect(own).toHaveLength(1);
  process.kill(Number(own[0]?.[0]), "SIGKILL");
}

/** Ends the Durable Object in the middle of whatever it does. */
async function abortObject(): Promise<void> {
  const answer = await fetch(edge.url("/test/abort?organisation=acme"));
  expect(await answer.text()).toContain("by a test");
}

const values = ({ events }: EventClient) =>
  events.map(({ data }) => (data.payload as { value: number }).value);

test("no client misses or doubles an event while workerd is killed and the object aborted, three times each", async () => {
  const key = await makeKey();
  await using clients = new AsyncDisposableStack();
  const all = Array.from({ length: CLIENTS }, () => clients.use(openEvents(edge.url("/v1/stream"), key)));
  await until("everybody is there", () => all.every(({ connects }) => connects === 1));
  await until("live", () => all.every(({ notices }) => notices.some(({ data }) => data.type === "live")));

  let published = 0;
  const stop = new AbortController();
  const publishing = (async () => {
    while (!stop.signal.aborted) {
      published += 1;
      await edge.box.publish("device/g1/telemetry/count", JSON.stringify({ value: published }));
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  })();
  for (const [index, disturb] of [
    killWorkerd,
    abortObject,
    killWorkerd,
    abortObject,
    abortObject,
    killWorkerd,
  ].entries()) {
    const before = published;
    await until("messages flow", () => all.every((client) => (values(client).at(-1) ?? 0) > before));
    await disturb();
    await until("everybody is back", () => all.every(({ connects }) => connects >= index + 2));
  }
  stop.abort();
  await publishing;
  await until("the last message is with everybody", () =>
    all.every((client) => values(client).at(-1) === published),
  );

  // Enough to have been on their way at each disturbance.
  expect(published).toBeGreaterThan(100);
  const expected = Array.from({ length: published }, (_, index) => index + 1);
  for (const client of all) {
    expect(values(client)).toEqual(expected);
    expect(new Set(client.events.map(({ id }) => id)).size).toBe(published);
    // It may have been away for so long that the broker's queue could have overflowed: then that is said, and no more.
    const gaps = client.notices.filter(({ event }) => event === "gap");
    expect(gaps.filter(({ data }) => data.kind !== "possible")).toEqual([]);
  }
  expect(edge.log.join("\n")).not.toContain(edge.box.token);
}, 120_000);
