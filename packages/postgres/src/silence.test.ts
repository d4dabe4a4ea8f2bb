import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import type { Clock } from "@tesa/core";
import { createMemoryTelemetryLog, type TelemetryLog } from "@tesa/log";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openPostgresMirror } from "./index.ts";
import {
  appendMany,
  clock,
  QUICK_BACKOFF,
  startTestServer,
  type TestServer,
  untilState,
} from "./testing/test-bed.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

/** A hundred times as fast, so that the patience of minutes can be waited out. */
const fastClock: Clock = {
  now: clock.now,
  setTimer: (delayMs, callback) => clock.setTimer(delayMs / 100, callback),
};

/** What stands between the mirror and the server. `answers` is what is done with what the server says. */
interface Between extends AsyncDisposable {
  readonly url: string;
  answers: "pass" | "keep" | "cut";
}

async function placeBetween(): Promise<Between> {
  const sockets = new Set<Socket>();
  const own = (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {
      // The other side of the pair is ended by its close.
    });
    socket.on("close", () => sockets.delete(socket));
    return socket;
  };
  const listener: Server = createServer((near) => {
    const far = connect(server.port, server.host);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      own(one).on("close", () => other.destroy());
    }
    near.on("data", (data) => far.write(data));
    far.on("data", (data) => {
      if (between.answers === "pass") near.write(data);
      else if (between.answers === "cut") near.destroy();
    });
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const address = listener.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const between: Between = {
    answers: "pass",
    url: server.connectionString.replace(`:${server.port}/`, `:${port}/`),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      listener.close();
      await once(listener, "close");
    },
  };
  return between;
}

const open = (log: TelemetryLog, url: string, table: string, givenClock: Clock = fastClock) =>
  openPostgresMirror({
    connectionString: url,
    log,
    clock: givenClock,
    random: Math.random,
    backoff: QUICK_BACKOFF,
    table,
    batchSize: 100,
  });

const memoryLog = async (count: number) => {
  const log = createMemoryTelemetryLog({ random: Math.random, clock });
  await appendMany(log, count);
  return log;
};

const counted = async (table: string) =>
  (await server.sql(`SELECT count(*)::int AS rows, count(DISTINCT seq)::int AS seqs FROM ${table}`))[0];

test.each([
  [
    "cut",
    "a connection that breaks after the commit, before its answer, stores nothing twice",
    "connection-lost",
  ],
  [
    "keep",
    "a connection that falls silent is given up, and what it may have stored is not stored twice",
    "connect-timeout",
  ],
] as const)("%s: %s", async (answers, _title, code) => {
  await using between = await placeBetween();
  const log = await memoryLog(1_000);
  await using reader = await open(log, between.url, `silence_${answers}`);
  for (const behind of [700, 300]) {
    await untilState(reader, (state) => "behind" in state && state.behind <= behind);
    between.answers = answers;
    const waiting = await untilState(reader, ({ type }) => type === "waiting");
    expect(waiting).toMatchObject({ error: { code, retryable: true } });
    between.answers = "pass";
  }
  await untilState(reader, ({ type }) => type === "caught-up");
  expect(await counted(`silence_${answers}`)).toEqual({ rows: 1_000, seqs: 1_000 });
  expect(reader.counts.delivered).toBe(1_000);
});

test("a server that accepts connections and says nothing is given up after a while, and tried again", async () => {
  await using between = await placeBetween();
  between.answers = "keep";
  const log = await memoryLog(10);
  await using reader = await open(log, between.url, "silent_login");
  expect(reader.state).toMatchObject({ type: "waiting", behind: 10, error: { code: "connect-timeout" } });
  between.answers = "pass";
  await untilState(reader, ({ type }) => type === "caught-up");
  expect(await counted("silent_login")).toEqual({ rows: 10, seqs: 10 });
});

test("close() does not wait for a server that says nothing", async () => {
  await using between = await placeBetween();
  const log = await memoryLog(1_000);
  const reader = await open(log, between.url, "silent_close", clock);
  await untilState(reader, (state) => "behind" in state && state.behind <= 700);
  between.answers = "keep";
  const started = performance.now();
  await reader.close();
  expect(performance.now() - started).toBeLessThan(1_000);
  expect(reader.state).toEqual({ type: "closed" });
});
